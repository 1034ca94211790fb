import { readFileSync } from 'node:fs';

export interface BoundedQueue {
  readonly queue: string;
  readonly bound: string;
  /** A label of `plumbline_queue_fill_ratio`, with `<kind>` for what differs; or the name of another series. */
  readonly fill: string;
}

/** The table of what is bounded in docs/operating.md. */
export function boundedQueues(): BoundedQueue[] {
  const [, section] = readFileSync('docs/operating.md', 'utf8').split('## What is bounded');
  return section!
    .split('\n## ')[0]!
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2)
    .map((line) => {
      const [queue, bound, , fill] = line.slice(2, -2).split(' | ') as [string, string, string, string];
      return { queue, bound, fill: fill.replaceAll('`', '') };
    });
}
