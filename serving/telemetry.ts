import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { VitalCount, Vitals } from '../pipelines/vitals.js';
import { heapAfterCollection } from './heap.js';

/** Bounds of the buckets of latencies, seconds. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Plumbline's own telemetry, in the text format of Prometheus. Labels are names of ours, never what came with events. */
export interface Telemetry {
  readonly content_type: string;
  /** Asks for the vitals, and gives the page; who comes while somebody waits for it gets the same. */
  page(): Promise<string>;
  /** A frame is on disk. */
  committed(seconds: number): void;
  /** A frame is in the store. */
  applied(seconds: number): void;
}

export function openTelemetry(vitals: () => Promise<Vitals>): Telemetry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const heap = heapAfterCollection();
  new Gauge({
    name: 'plumbline_heap_after_collection_bytes',
    help: 'JavaScript heap in use after the last full collection of its garbage',
    registers: [registry],
    collect() {
      this.set(heap());
    },
  });
  const told = new VitalsTold(registry);
  const latency = (name: string, help: string) =>
    new Histogram({ name, help, buckets: SECONDS, registers: [registry] });
  const commits = latency('plumbline_commit_seconds', 'time until a frame of the log is on disk');
  const applies = latency('plumbline_apply_seconds', 'time in which a frame is applied to the store, commit included');
  const make = async () => {
    told.set(await vitals());
    return await registry.metrics();
  };
  let making: Promise<string> | null = null;
  return {
    content_type: registry.contentType,
    page() {
      // While the store is busy pages would gather behind it, one for each time that somebody asked and went away.
      making ??= make().finally(() => {
        making = null;
      });
      return making;
    },
    committed: (seconds) => commits.observe(seconds),
    applied: (seconds) => applies.observe(seconds),
  };
}

/** What the label of a count says. */
const LABELS: Partial<Record<VitalCount['counted'], 'mode' | 'sink' | 'reason' | 'field'>> = {
  directives: 'mode',
  deliveries: 'sink',
  undelivered: 'sink',
  rejected: 'reason',
  unit_suspects: 'field',
};

/** The vitals as gauges and counters. */
class VitalsTold {
  readonly #events: Counter<'outcome'>;
  readonly #landing_lag: Gauge;
  readonly #applying_lag: Gauge;
  readonly #watermark_lag: Gauge;
  readonly #rows_from: Gauge;
  readonly #fill: Gauge<'queue'>;
  readonly #set_aside_frames: Gauge;
  readonly #set_aside_events: Gauge;
  readonly #unreadable_notes: Gauge;
  readonly #passed_over_frames: Gauge;
  readonly #archiving_failures: Gauge;
  readonly #forgetting: Gauge;
  readonly #forgetting_failures: Gauge;
  readonly #counts: Readonly<Record<VitalCount['counted'], Gauge<'state' | 'mode' | 'sink' | 'reason' | 'field'>>>;

  constructor(registry: Registry) {
    const registers = [registry];
    const gauge = (name: string, help: string) => new Gauge({ name: `plumbline_${name}`, help, registers });
    const labelled = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
      new Gauge({ name: `plumbline_${name}`, help, labelNames, registers }) as Gauge<Label>;
    this.#events = new Counter({
      name: 'plumbline_events_total',
      help: 'events over the life of the log: received = landed + rejected + duplicate; late are part of landed',
      labelNames: ['outcome'],
      registers,
    });
    this.#landing_lag = gauge('landing_lag_seconds', 'how long the oldest event that is not on disk has been waiting');
    this.#applying_lag = gauge('applying_lag_frames', 'frames that are on disk and not in the store');
    this.#watermark_lag = gauge('watermark_lag_seconds', 'how far the watermark is behind the clock');
    this.#rows_from = gauge('rows_from_timestamp_seconds', 'event time of before which rows have left the store');
    this.#fill = labelled('queue_fill_ratio', 'how full what is bounded is, 0 to 1', ['queue']);
    this.#set_aside_frames = gauge('set_aside_frames', 'frames of the log that could not be read and were set aside');
    this.#set_aside_events = gauge('set_aside_events', 'events that they held, as far as that is known');
    this.#unreadable_notes = gauge('set_aside_unreadable_notes', 'notes of frames set aside that cannot be read');
    this.#passed_over_frames = gauge('passed_over_frames', 'frames of the log that somebody has decided to pass over');
    this.#archiving_failures = gauge(
      'archiving_failed_attempts',
      'attempts in a row to archive a file of the log that have failed; the next comes by itself',
    );
    this.#forgetting = gauge('forgetting_persons', 'persons who are being forgotten, 0 or 1');
    this.#forgetting_failures = gauge(
      'forgetting_failed_attempts',
      'attempts at the person who is being forgotten that have failed; the next comes by itself',
    );
    this.#counts = {
      open_calls: labelled('open_calls', 'calls that have not settled', []),
      waiting_acknowledgements: labelled(
        'waiting_acknowledgements',
        'acknowledgements of directives that event time has not come to; they wait in the store',
        [],
      ),
      verdicts: labelled('verdicts', 'verdicts by state', ['state']),
      directives: labelled('directives', 'directives by mode, in force or expired', ['mode', 'state']),
      deliveries: labelled('deliveries', 'directives that a sink is done with: taken, or expired before it was', [
        'sink',
        'state',
      ]),
      undelivered: labelled('undelivered_directives', 'directives that a sink has not taken yet', ['sink']),
      episodes: labelled('episodes', 'episodes by state', ['state']),
      rejected: labelled('rejected', 'lines that were kept out over the life of the log, by reason', ['reason']),
      unit_suspects: labelled('unit_suspects', 'durations about 1,000 times off their call, by field', ['field']),
      segments: labelled('segments', 'segments of the configured groupings that have been seen', []),
      unwatched_streams: labelled(
        'unwatched_streams',
        'signals and relationships in segments that are not watched, for detect.streams_max',
        [],
      ),
    };
  }

  set(vitals: Vitals): void {
    this.#events.reset();
    for (const [outcome, count] of Object.entries(vitals.events)) this.#events.inc({ outcome }, count);
    this.#landing_lag.set(vitals.landing_lag_seconds);
    this.#applying_lag.set(vitals.applying_lag_frames);
    this.#watermark_lag.set(vitals.watermark_lag_seconds ?? Number.NaN);
    this.#rows_from.set(vitals.rows_from_seconds ?? Number.NaN);
    for (const { queue, filled, max } of vitals.fills) this.#fill.set({ queue }, filled / max);
    this.#set_aside_frames.set(vitals.set_aside.frames);
    this.#set_aside_events.set(vitals.set_aside.events);
    this.#unreadable_notes.set(vitals.set_aside.unreadable.length);
    this.#passed_over_frames.set(vitals.passed_over_frames);
    this.#archiving_failures.set(vitals.archiving_failed_attempts);
    this.#forgetting.set(vitals.forgetting.persons);
    this.#forgetting_failures.set(vitals.forgetting.failed_attempts);
    for (const gauge of Object.values(this.#counts)) gauge.reset();
    for (const { counted, label, state, n } of vitals.counts) {
      const labels = {
        ...(state === null ? {} : { state }),
        ...(label === null ? {} : { [LABELS[counted] ?? 'state']: label }),
      };
      this.#counts[counted].set(labels, n);
    }
  }
}
