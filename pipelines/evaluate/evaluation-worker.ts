import { parentPort } from 'node:worker_threads';
import { type EvaluationTask, measureCase } from './measure-case.js';

parentPort?.on('message', (task: EvaluationTask) => parentPort?.postMessage(measureCase(task)));
