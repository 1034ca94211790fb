import type { Conservation, SourcePosition } from '../../contracts/batch.js';
import type { Config } from '../../contracts/config.js';
import type { ControlEntry } from '../../contracts/control-entry.js';
import { parseDurationMs } from '../../contracts/duration.js';
import { Duplicates, type KnownSince } from './duplicates.js';
import { KnownFrames } from './known-frames.js';
import type { LandingLog, TornTail } from './landing-log.js';
import { positionKey } from './positions.js';
import type { FoundFrame } from './segment-frames.js';
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
  readonly #frames = new KnownFrames();

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
    this.#frames.take(frame);
  }

  /**
   * The events that were known when the log ended, known again.
   * @throws PlumblineError LOG_FRAME_DAMAGED
   */
  async duplicates(data_dir: string): Promise<Duplicates> {
    const { duplicate_entries_max, duplicate_horizon } = this.#config;
    const duplicates = new Duplicates(duplicate_entries_max, parseDurationMs(duplicate_horizon) * 1000, this.#known);
    await this.#frames.remembered(duplicates, data_dir, this.dictionaries);
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
