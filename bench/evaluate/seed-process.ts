import { answer } from '../in-child.js';
import { runSeed } from './run-seed.js';

answer(runSeed);
