import type { Conservation, SourcePosition } from '../../contracts/batch.js';
import type { Config } from '../../contracts/config.js';
import type { ControlEntry } from '../../contracts/control-entry.js';
import { parseDurationMs } from '../../contracts/duration.js';
import { LandedBodies } from '../decode/bodies.js';
import { fingerprintOf } from '../decode/hash.js';
import { Duplicates, type KnownSince } from './duplicates.js';
import { wholeFrames } from './frame-batches.js';
import type { LandingLog, TornTail } from './landing-log.js';
import type { FoundFrame } from './segment-frames.js';
import { findFrames } from './stored-frames.js';
import { Watermarks } from './watermarks.js';

/** A log that has been opened, with what it hands on. */
export interface OpenedLog {
  readonly log: LandingLog;
  readonly torn: TornTail | null;
  readonly restored: Restored;
  readonly duplicates: Duplicates;
}

/** What a log hands on to the one who continues it: counts, positions, watermarks, dictionaries, known duplicates. */
export class Restored {
  readonly watermarks: Watermarks;
  readonly dictionaries = new Map<string, string[]>();
  readonly positions = new Map<string, SourcePosition>();
  conservation: Conservation = { received: 0, landed: 0, rejected: 0, duplicate: 0, late: 0 };
  next_seq = 0;
  newest_us = 0;
  first_event_us: number | null = null;
  scheduled_from_us = Number.NEGATIVE_INFINITY;
  readonly #config: Config['land'];
  #known: KnownSince | undefined;
  /** Segments, with the ordinal after their last event. */
  readonly #segments: { readonly file: string; next_seq: number }[] = [];

  constructor(config: Config['land']) {
    this.#config = config;
    this.watermarks = new Watermarks(parseDurationMs(config.lateness) * 1000);
  }

  /** Takes the next frame of the log. */
  take(frame: FoundFrame): void {
    const { metadata } = frame;
    this.conservation = { ...metadata.conservation };
    this.first_event_us = metadata.first_event_us;
    this.newest_us = metadata.newest_us;
    const watermark_us = metadata.watermark_us ?? Number.NEGATIVE_INFINITY;
    if (metadata.entry !== null)
      this.scheduled_from_us = scheduledFrom(metadata.entry, watermark_us) ?? this.scheduled_from_us;
    this.next_seq = metadata.first_seq + frame.rows;
    this.#known = metadata.duplicates;
    this.watermarks.restore(metadata.inputs, metadata.watermark_us);
    for (const position of metadata.positions) this.positions.set(positionKey(position), position);
    for (const [name, { values }] of Object.entries(metadata.additions)) {
      const known = this.dictionaries.get(name);
      if (known === undefined) this.dictionaries.set(name, [...values]);
      else for (const value of values) known.push(value);
    }
    const segment = this.#segments.at(-1);
    if (segment?.file === frame.file) segment.next_seq = this.next_seq;
    else this.#segments.push({ file: frame.file, next_seq: this.next_seq });
  }

  /**
   * The events that were known when the log ended, known again; batches are read one at a time. (Those of a source that
   * came as "other", beyond `cardinality_max` sources, are not: the log no longer says whose they are.)
   *
   * @throws PlumblineError LOG_FRAME_DAMAGED
   */
  async duplicates(data_dir: string): Promise<Duplicates> {
    const { duplicate_entries_max, duplicate_horizon } = this.#config;
    const duplicates = new Duplicates(duplicate_entries_max, parseDurationMs(duplicate_horizon) * 1000, this.#known);
    const { older_from_seq } = duplicates.known;
    const first = this.#segments.find(({ next_seq }) => next_seq > older_from_seq);
    if (first === undefined) return duplicates;
    const sources = (this.dictionaries.get('source') ?? []).map((text) => Buffer.from(text));
    const landed = new LandedBodies(this.dictionaries);
    const fingerprint = new Uint32Array(3);
    const isWanted = ({ rows, metadata }: FoundFrame) => rows > 0 && metadata.first_seq + rows > older_from_seq;
    const found = findFrames(data_dir, first.file);
    for await (const { batch } of wholeFrames(data_dir, found, isWanted, this.dictionaries)) {
      if (batch.rows === 0) continue;
      const { values, bytes } = batch.columns.get('event_id')!;
      const source = batch.columns.get('source')!.values as Int32Array;
      const bodies = landed.of(batch);
      for (let row = 0; row < batch.rows; row++) {
        const [from, to] = [values[row] as number, values[row + 1] as number];
        fingerprintOf(sources[source[row]!]!, bytes!, from, to, fingerprint);
        duplicates.remember(fingerprint, bodies[row]!, batch.first_seq + row);
      }
    }
    return duplicates;
  }
}

/**
 * From when on the schedule of refreshes is followed, after a control entry: a refresh is the last that was due, and a
 * configuration begins a schedule of its own. Null when the entry says nothing of it.
 */
export function scheduledFrom(entry: ControlEntry, watermark_us: number): number | null {
  if (entry.kind === 'baseline_refresh') return entry.as_of_us;
  return entry.kind === 'configured' ? watermark_us : null;
}

export function positionKey({ input, partition }: { readonly input: string; readonly partition: string }): string {
  return JSON.stringify([input, partition]);
}
