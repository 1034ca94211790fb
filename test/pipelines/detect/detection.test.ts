import { expect, test } from 'vitest';
import { configSchema } from '../../../contracts/config.js';
import type { Signal } from '../../../contracts/signal.js';
import { detectors } from '../../../detectors/index.js';
import type { ClosedObservations } from '../../../pipelines/detect/closed-observations.js';
import { Detection } from '../../../pipelines/detect/detection.js';
import type { Expectations } from '../../../pipelines/detect/expectations.js';
import type { StreamVerdict } from '../../../pipelines/policy/stream.js';
import { readSignalFiles } from '../../../pipelines/signal-files.js';

const MINUTE_US = 60_000_000;
const signals: Signal[] = readSignalFiles().map(({ signal }) => signal);
const expectations = {
  version: 'v1',
  history_from_us: 0,
  log_threshold: Math.log(1e4),
  relationship_log_threshold: Math.log(1e4),
  at: () => ({ level: 900, standard_error: 0, value_sd: 300, dispersion: 1, is_sufficient: true }),
  relationship: () => null,
  streams: () => [],
} as unknown as Expectations;

/** Of signals from one minute to another, thirty units a minute; from minute 40 on larger ones. */
function observed(names: readonly string[], from: number, to: number): ClosedObservations {
  const streams = names.map((signal) => ({ signal, segment: 'all' }));
  const minutes = Array.from({ length: to - from }, (_, minute) => from + minute);
  const rows = minutes.flatMap((minute) => streams.map((_, stream) => ({ minute, stream })));
  const columns = {
    stream: rows.map(({ stream }) => stream),
    window_us: rows.map(({ minute }) => minute * MINUTE_US),
    closed_us: rows.map(({ minute }) => (minute + 2) * MINUTE_US),
    n: rows.map(() => 30),
    total: rows.map(({ minute }) => 30 * (900 + ((minute * 7) % 11) + (minute < 40 ? 0 : 500))),
    exposure_ms: rows.map(() => 0),
    total_squares: rows.map(() => 30 * 1e6),
  };
  return { streams, ...columns } as unknown as ClosedObservations;
}

function newDetection(detect: object, expected = expectations): Detection {
  const detection = new Detection(configSchema.parse({ version: 1, detect }), signals, detectors);
  detection.expect(expected);
  return detection;
}

/** Verdicts on what is observed; `resets` are the keys of the streams that begin afresh with the last of them. */
function fed(detection: Detection, observations: ClosedObservations, resets: readonly string[] = []): StreamVerdict[] {
  const found: StreamVerdict[] = [];
  detection.feed(observations, 100 * MINUTE_US, (verdicts) => {
    found.push(...verdicts);
    return verdicts[0]!.closed_us === observations.closed_us[observations.closed_us.length - 1] ? resets : [];
  });
  return found;
}

/** Verdicts on an hour of two signals. */
function verdictsWith(detect: object): StreamVerdict[] {
  return fed(newDetection(detect), observed(['response_latency', 'average_call_duration'], 0, 60));
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

test('a detector that begins afresh is a state to be stored, also where its stream brings nothing just then', () => {
  const names = ['response_latency', 'average_call_duration'];
  const [latency, duration] = names.map((name) => `${name}|mixture-e-sr|all`);
  const lived = newDetection({});
  const stored = new Map<string, ReturnType<Detection['takeChanged']>[number][1]>();
  const store = () => {
    const changed = lived.takeChanged().map(([key, state]) => [key, structuredClone(state)] as const);
    for (const [key, state] of changed) stored.set(key, state);
    return changed.map(([key]) => key).sort();
  };
  const goesOn = (expected: Expectations, from: number) => {
    const restarted = newDetection({}, expected);
    restarted.restore({ streams: structuredClone(Object.fromEntries(stored)), relationships: {} });
    const next = observed(names, from, from + 10);
    const found = fed(restarted, next);
    expect(found).toHaveLength(20);
    expect(fed(lived, next)).toEqual(found);
  };

  fed(lived, observed(names, 0, 60));
  expect(store()).toEqual([duration, latency]);
  // A drift that was folded into that of another signal, which is over.
  fed(lived, observed([names[0]!], 60, 61), [duration!]);
  expect(store()).toEqual([duration, latency]);
  goesOn(expectations, 61);

  store();
  const next = { ...expectations, version: 'v2', log_threshold: Math.log(1e9) } as Expectations;
  lived.expect(next);
  expect(store()).toEqual([duration, latency]);
  goesOn(next, 71);
});
