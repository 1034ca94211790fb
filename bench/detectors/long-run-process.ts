import { answer } from '../in-child.js';
import { longRunOf } from './long-run.js';

answer(longRunOf);
