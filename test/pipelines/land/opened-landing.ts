import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { type Config, configSchema } from '../../../contracts/config.js';
import type { EventType } from '../../../contracts/event.js';
import type { SourceChunk } from '../../../contracts/source.js';
import { type LandedFrame, Landing, readFrames } from '../../../pipelines/land.js';

export { rowsOf } from '../../../bench/faults/landed-rows.js';

/** When everything in these tests arrives. */
export const NOW_US = Date.parse('2025-10-07T20:00:00Z') * 1000;
export const MINUTE_US = 60_000_000;
export const INPUT = 'file:calls.ndjson';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A data directory that goes when the test is over. */
export function dataDir(): string {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-land-'));
  folders.push(folder);
  return folder;
}

export type LandConfig = Config['land'];

/** The default configuration with small tables, so that opening is cheap. */
export function landConfig(changes: Partial<LandConfig> = {}): LandConfig {
  const defaults = configSchema.parse({ version: 1 }).land;
  return { ...defaults, batch_rows_max: 1_024, duplicate_entries_max: 4_096, ...changes };
}

export function openLanding(data_dir: string, changes: Partial<LandConfig> = {}, now_us = NOW_US): Promise<Landing> {
  return Landing.open({ data_dir, config: landConfig(changes), clock: { nowUs: () => now_us }, key_seed: 'test' });
}

/** RFC 3339 of microseconds before NOW. */
export function before(us: number): string {
  const at_us = NOW_US - us;
  const micros = ((at_us % 1000) + 1000) % 1000;
  return new Date((at_us - micros) / 1000).toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`);
}

/** An event as one line. */
export function eventLine(
  id: string,
  type: EventType = 'call.ringing',
  data: Record<string, unknown> = { call_id: 'c-1' },
  more: Record<string, unknown> = {},
): string {
  return JSON.stringify({ specversion: '1.0', id, source: 'fleet', type, time: before(MINUTE_US), data, ...more });
}

export function chunkOf(lines: readonly (string | Uint8Array)[], changes: Partial<SourceChunk> = {}): SourceChunk {
  const bytes = Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')]));
  return { input: INPUT, partition: 'calls.ndjson', first_offset: 1, bytes, ...changes };
}

/** Frames of chunks, and of the flush after the last. */
export async function landAll(landing: Landing, ...chunks: readonly SourceChunk[]): Promise<LandedFrame[]> {
  const frames: LandedFrame[] = [];
  for (const chunk of chunks) for await (const frame of landing.land(chunk)) frames.push(frame);
  const last = await landing.flush();
  return last === null ? frames : [...frames, last];
}

export type EventsFrame = Extract<LandedFrame, { kind: 'events' }>;

export function eventsOf(frames: readonly LandedFrame[]): EventsFrame[] {
  return frames.filter((frame): frame is EventsFrame => frame.kind === 'events');
}

export function rejectedOf(frames: readonly LandedFrame[]) {
  return eventsOf(frames).flatMap(({ rejected }) => rejected);
}

export async function allFrames(data_dir: string, from_frame = 0): Promise<LandedFrame[]> {
  const frames: LandedFrame[] = [];
  for await (const frame of readFrames(data_dir, { from_frame })) frames.push(frame);
  return frames;
}
