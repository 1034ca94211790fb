import { fork } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** Tasks in processes of their own: what one measures is its own, and its memory is given back. */

type Answer<Result> = { readonly result: Result } | { readonly error: string };

/**
 * Runs a task in a new process.
 *
 * @param module file that calls `answer`; whatever it prints goes to the standard error
 * @param stdin a pipe that the process reads as its standard input
 * @throws Error with what the process says when it fails
 */
export function inChild<Task extends object, Result>(module: URL, task: Task, stdin?: Readable): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(module), {
      stdio: [stdin ?? 'ignore', 2, 2, 'ipc'],
      execArgv: [],
    });
    // The child has it now: when it ends, whoever writes there is told.
    stdin?.destroy();
    let answered: Answer<Result> | undefined;
    child.once('message', (message) => {
      answered = message as Answer<Result>;
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (answered === undefined)
        reject(new Error(`a process ended without an answer (${signal ?? `exit code ${code}`})`));
      else if ('error' in answered) reject(new Error(answered.error));
      else if (signal !== null) reject(new Error(`a process was ended by ${signal} after it had answered`));
      else resolve(answered.result);
    });
    child.send(task);
  });
}

/** The other side: runs the one task that this process was started for, sends what it comes to, and ends. */
export function answer<Task, Result>(run: (task: Task) => Result | Promise<Result>): void {
  const send = (message: Answer<Result>) => process.send?.(message, () => process.exit());
  // Whoever asked has gone.
  process.once('disconnect', () => process.exit(1));
  process.once('message', async (task) => {
    try {
      send({ result: await run(task as Task) });
    } catch (error) {
      send({ error: reasonOf(error) });
    }
  });
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Runs tasks, so many at a time; results in the order of the tasks. The first failure ends it. */
export async function severally<Task, Result>(
  tasks: readonly Task[],
  at_a_time: number,
  run: (task: Task) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async () => {
    while (next < tasks.length) {
      const index = next++;
      results[index] = await run(tasks[index]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(at_a_time, tasks.length) }, worker));
  return results;
}
