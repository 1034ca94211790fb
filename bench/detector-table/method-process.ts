import { answer } from '../in-child.js';
import { measureMethod } from './measure-method.js';

answer(measureMethod);
