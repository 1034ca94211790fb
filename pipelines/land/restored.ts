import type { Conservation, SourcePosition } from '../../contracts/batch.js';
import type { Config } from '../../contracts/config.js';
import { parseDurationMs } from '../../contracts/duration.js';
import { Duplicates, type KnownSince } from './duplicates.js';
import { scheduledFrom } from './handed-on.js';
import { KnownFrames } from './known-frames.js';
import type { LandingLog, TornTail } from './landing-log.js';
import { positionKey } from './positions.js';
import type { SegmentEvents } from './segment-events.js';
import type { FoundFrame } from './segment-frames.js';
import type { KeptSummary } from './segment-summary.js';
import { Watermarks } from './watermarks.js';

export { scheduledFrom } from './handed-on.js';

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
  readonly #frames = new KnownFrames();

  constructor(config: Config['land']) {
    this.#config = config;
    this.watermarks = new Watermarks(parseDurationMs(config.lateness) * 1000);
  }

  /** Takes the next frame of the log. */
  take(frame: FoundFrame): void {
    const { metadata, rows } = frame;
    const watermark_us = metadata.watermark_us ?? Number.NEGATIVE_INFINITY;
    if (metadata.entry !== null)
      this.scheduled_from_us = scheduledFrom(metadata.entry, watermark_us) ?? this.scheduled_from_us;
    this.#take(metadata, metadata.first_seq + rows, metadata);
    this.#frames.take(frame);
  }

  /** Takes all frames of the next segment of the log. */
  takeSegment(kept: KeptSummary): void {
    const { summary } = kept;
    if (summary.scheduled_from_us !== undefined)
      this.scheduled_from_us = summary.scheduled_from_us ?? Number.NEGATIVE_INFINITY;
    this.#take(summary.last, summary.first_seq + summary.rows, summary);
    this.#frames.takeSegment(kept);
  }

  #take(
    last: KeptSummary['summary']['last'],
    next_seq: number,
    { positions, additions }: Pick<KeptSummary['summary'], 'positions' | 'additions'>,
  ): void {
    this.conservation = { ...last.conservation };
    this.first_event_us = last.first_event_us;
    this.newest_us = last.newest_us;
    this.next_seq = next_seq;
    this.#known = last.duplicates;
    this.watermarks.restore(last.inputs, last.watermark_us);
    for (const position of positions) this.positions.set(positionKey(position), position);
    for (const [name, { values }] of Object.entries(additions)) {
      const known = this.dictionaries.get(name);
      if (known === undefined) this.dictionaries.set(name, [...values]);
      else for (const value of values) known.push(value);
    }
  }

  /**
   * The events that were known when the log ended, known again.
   * @param onRead called with the events of each segment that had to be read for it
   * @throws PlumblineError LOG_FRAME_DAMAGED
   */
  async duplicates(data_dir: string, onRead: (file: string, events: SegmentEvents) => void): Promise<Duplicates> {
    const { duplicate_entries_max, duplicate_horizon } = this.#config;
    const duplicates = new Duplicates(duplicate_entries_max, parseDurationMs(duplicate_horizon) * 1000, this.#known);
    await this.#frames.remembered(duplicates, data_dir, this.dictionaries, onRead);
    return duplicates;
  }
}
