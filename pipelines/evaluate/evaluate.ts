import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { EvaluationRow } from '../../contracts/evaluation-report.js';
import { type EvaluationTask, measureCase } from './measure-case.js';

export interface EvaluateOptions {
  /** Worker threads; 0: all in this thread. */
  readonly workers: number;
  readonly signal: AbortSignal;
  /** Told of each row as it comes, in whatever order. */
  progress(row: EvaluationRow, done: number, all: number): void;
}

const WORKER = new URL('./evaluation-worker.js', import.meta.url);

/**
 * Measures every task; rows in the order of the tasks, the same however many workers there are, since each run has draws
 * of its own.
 *
 * @throws the reason of the signal where it is aborted
 */
export async function evaluate(
  tasks: readonly EvaluationTask[],
  { workers, signal, progress }: EvaluateOptions,
): Promise<EvaluationRow[]> {
  const rows: EvaluationRow[] = [];
  let [next, done] = [0, 0];
  const take = async (measure: (task: EvaluationTask) => EvaluationRow | Promise<EvaluationRow>) => {
    while (next < tasks.length) {
      signal.throwIfAborted();
      const index = next++;
      const row = await measure(tasks[index]!);
      rows[index] = row;
      progress(row, ++done, tasks.length);
    }
  };
  if (workers === 0) {
    await take(measureCase);
    return rows;
  }
  const threads = Array.from({ length: Math.min(workers, tasks.length) }, () => new Worker(WORKER));
  const stop = () => Promise.all(threads.map((thread) => thread.terminate()));
  signal.addEventListener('abort', stop);
  try {
    await Promise.all(threads.map((thread) => take((task) => answerOf(thread, task, signal))));
  } finally {
    signal.removeEventListener('abort', stop);
    await stop();
  }
  return rows;
}

async function answerOf(thread: Worker, task: EvaluationTask, signal: AbortSignal): Promise<EvaluationRow> {
  // `once` rejects when the thread fails, and when the user stops.
  const answer = once(thread, 'message', { signal });
  thread.postMessage(task);
  const [row] = (await answer) as [EvaluationRow];
  return row;
}
