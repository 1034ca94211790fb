import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configSchema } from '../../contracts/config.js';
import { sinks } from '../../sinks/index.js';
import { sources } from '../../sources/index.js';
import { boundedQueues } from './bounded-queues.js';

const config = configSchema.parse({ version: 1 }) as Record<string, unknown>;
const optionsOf = (registry: Readonly<Record<string, { readonly config: z.ZodType }>>) =>
  Object.values(registry).flatMap(({ config: schema }) =>
    Object.keys(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }).properties ?? {}),
  );
const component_options = new Set([...optionsOf(sources), ...optionsOf(sinks)]);

/** Whether a key is one of the configuration, such as `land.batch_rows_max`, or of a source or a sink. */
function isKey(key: string): boolean {
  const [group, name] = key.split('.') as [string, string | undefined];
  return name === undefined ? component_options.has(group) : name in ((config[group] ?? {}) as object);
}

// That every queue of the table is told at /metrics, and every one told there is in the table, is in run-process.test.ts.
describe('the table of what is bounded', () => {
  it('names keys that there are', () => {
    const queues = boundedQueues();
    expect(queues.length).toBeGreaterThan(20);
    const wrong = queues.flatMap(({ queue, bound }) =>
      [...bound.matchAll(/`([^`]+)`/g)].filter(([, key]) => !isKey(key!)).map(([, key]) => `${queue}: ${key}`),
    );
    expect(wrong).toEqual([]);
  });

  it('has every key of the configuration that bounds what is kept in memory', () => {
    const bounds = boundedQueues().map(({ bound }) => bound);
    /** Of one thing at a time, of time, or of what is asked for. */
    const others = [
      ...[
        'segment_age_max',
        'batch_age_max',
        'line_bytes_max',
        'depth_max',
        'keys_max',
        'string_length_max',
        'future_max',
      ],
      ...['window_max', 'retries_max', 'backoff_max', 'batch_directives_max'],
    ];
    const keys = Object.entries(config).flatMap(([group, values]) =>
      values === null || typeof values !== 'object' || Array.isArray(values)
        ? []
        : Object.keys(values)
            .filter((key) => key.endsWith('_max') && !others.includes(key))
            .map((key) => `${group}.${key}`),
    );
    expect(keys.length).toBeGreaterThan(8);
    expect(keys.filter((key) => !bounds.some((bound) => bound.includes(`\`${key}\``)))).toEqual([]);
  });
});
