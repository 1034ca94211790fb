import { expect, test } from 'vitest';
import { configSchema } from '../../../contracts/config.js';
import type { Signal } from '../../../contracts/signal.js';
import { detectors } from '../../../detectors/index.js';
import { Detection } from '../../../pipelines/detect/detection.js';
import type { Expectations } from '../../../pipelines/detect/expectations.js';
import type { StreamVerdict } from '../../../pipelines/policy/stream.js';
import { readSignalFiles } from '../../../pipelines/signal-files.js';

const MINUTE_US = 60_000_000;
const signals: Signal[] = readSignalFiles().map(({ signal }) => signal);
const expectations = {
  version: 'v1',
  log_threshold: Math.log(1e4),
  relationship_log_threshold: Math.log(1e4),
  at: () => ({ level: 900, standard_error: 0, value_sd: 300, dispersion: 1, is_sufficient: true }),
  relationship: () => null,
  streams: () => [],
} as unknown as Expectations;

/** Verdicts on an hour of two signals, thirty units a minute. */
function verdictsWith(detect: object): StreamVerdict[] {
  const detection = new Detection(configSchema.parse({ version: 1, detect }), signals, detectors);
  detection.expect(expectations);
  const streams = ['response_latency', 'average_call_duration'].map((signal) => ({ signal, segment: 'all' }));
  const rows = Array.from({ length: 60 }, (_, minute) => streams.map((_, stream) => ({ minute, stream }))).flat();
  const found: StreamVerdict[] = [];
  const columns = {
    stream: rows.map(({ stream }) => stream),
    window_us: rows.map(({ minute }) => minute * MINUTE_US),
    closed_us: rows.map(({ minute }) => (minute + 2) * MINUTE_US),
    n: rows.map(() => 30),
    total: rows.map(({ minute }) => 30 * (900 + ((minute * 7) % 11) + (minute < 40 ? 0 : 500))),
    exposure_ms: rows.map(() => 0),
    total_squares: rows.map(() => 30 * 1e6),
  };
  detection.feed({ streams, ...columns } as never, 100 * MINUTE_US, (verdicts) => {
    found.push(...verdicts);
    return [];
  });
  return found;
}

test('a signal may have a detector of its own, with its own options; the others keep the one for all', () => {
  const plain = verdictsWith({});
  const mixed = verdictsWith({
    by_signal: { response_latency: { detector: 'self-starting-glr', options: { threshold: 12 } } },
  });
  const of = (verdicts: readonly StreamVerdict[], signal: string) =>
    verdicts.filter(({ stream }) => stream.signal === signal);
  expect(of(mixed, 'average_call_duration')).toEqual(of(plain, 'average_call_duration'));
  const own = of(mixed, 'response_latency');
  expect(own).toHaveLength(60);
  expect(new Set(own.map(({ stream }) => stream.detector))).toEqual(new Set(['self-starting-glr']));
  expect(new Set(own.map(({ verdict }) => verdict.log_threshold))).toEqual(new Set([12]));
  const found = own.find(({ verdict }) => verdict.state === 'drift')!;
  expect(found.verdict.change_us).toBe(40 * MINUTE_US);
});
