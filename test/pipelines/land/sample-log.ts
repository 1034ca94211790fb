import { appendFileSync, copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { logFolder, segmentFile, segmentFiles } from '../../../pipelines/land/segment-files.js';
import type { LandedFrame } from '../../../pipelines/land.js';
import { before, chunkOf, dataDir, eventLine, type LandConfig, landAll, openLanding } from './opened-landing.js';

/** Event `index` of the sample: every seventh a transcript, every eleventh no event at all; agents and times vary. */
export function sampleLine(index: number): string {
  if (index % 11 === 10) return `{"broken": ${index}`;
  const time = before(3_600_000_000 - index * 1_000_000);
  const call_id = `c-${index >> 2}`;
  if (index % 7 === 6) {
    const data = { call_id, turn_id: `t-${index}`, speaker: 'callee', text: `words of ${index}`, confidence: 0.5 };
    return eventLine(`e-${index}`, 'turn.transcribed', data, { time });
  }
  const agent = { agent_id: `agent-${index % 13}`, campaign: index % 2 === 0 ? 'spring' : `campaign-${index}` };
  if (index % 3 === 0)
    return eventLine(
      `e-${index}`,
      'call.initiated',
      { call_id, callee: `+4930${1_000_000 + index}`, ...agent },
      { time },
    );
  return eventLine(
    `e-${index}`,
    'call.ended',
    { call_id, disposition: 'busy', cost_micros: -index, ...agent },
    { time },
  );
}

/** A log of a number of frames, ten lines each, with a control entry after the third; its last segment is closed. */
export async function sampleLog(
  data_dir: string,
  frame_count: number,
  changes: Partial<LandConfig> = {},
): Promise<LandedFrame[]> {
  const landing = await openLanding(data_dir, changes);
  const frames: LandedFrame[] = [];
  for (let frame = 0; frame < frame_count; frame++) {
    const lines = Array.from({ length: 10 }, (_, line) => sampleLine(frame * 10 + line));
    frames.push(...(await landAll(landing, chunkOf(lines, { first_offset: frame * 10 + 1 }))));
    if (frame === 2) frames.push(await landing.control({ kind: 'baseline_refresh', as_of_us: 1_759_000_000_000_000 }));
  }
  await landing.close();
  return frames;
}

/** The log as a process leaves it that ends at once: the last segment has no footer. */
export async function openEndedLog(data_dir: string, frame_count: number): Promise<LandedFrame[]> {
  const landing = await openLanding(data_dir);
  const frames: LandedFrame[] = [];
  for (let frame = 0; frame < frame_count; frame++) {
    const lines = Array.from({ length: 10 }, (_, line) => sampleLine(frame * 10 + line));
    frames.push(...(await landAll(landing, chunkOf(lines, { first_offset: frame * 10 + 1 }))));
  }
  const whole = segmentFiles(data_dir).map((file) => ({ file, bytes: readFileSync(file) }));
  await landing.close();
  for (const { file, bytes } of whole) overwrite(file, bytes);
  return frames;
}

export function overwrite(file: string, bytes: Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, bytes, { flag: 'w' });
}

/** A copy of a log's segments in a data directory of its own. */
export function copyOf(data_dir: string): string {
  const copy = dataDir();
  mkdirSync(logFolder(copy), { recursive: true });
  for (const file of segmentFiles(data_dir)) copyFileSync(file, segmentFile(copy, Number.parseInt(basename(file), 10)));
  return copy;
}
