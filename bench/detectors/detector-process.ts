import { answer } from '../in-child.js';
import { measureDetector } from './measure-detector.js';

answer(measureDetector);
