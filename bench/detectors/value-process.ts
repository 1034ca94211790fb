import { answer } from '../in-child.js';
import { measureValues } from './measure-values.js';

answer(measureValues);
