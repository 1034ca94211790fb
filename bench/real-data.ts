import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { packageRoot } from '../pipelines/package-root.js';
import { measureBank } from './real-data/bank.js';
import { measureLabelledMeetings, measureMeetings } from './real-data/meetings.js';
import { type RealDataFigures, realDataPage } from './real-data/page.js';
import { measureVoice } from './real-data/voice.js';

/**
 * Runs Plumbline over public real data and writes `docs/real-data.md`. The data is not part of the repository: it is
 * looked for in the folder that PLUMBLINE_DATA names (default: `../shared/data`), and what is not there is left out.
 * `--json` prints the figures as one JSON document.
 */
const PARTS = {
  bank: { folder: 'uci-bank-marketing', measure: measureBank },
  voice: { folder: 'tau-voice', measure: measureVoice },
  labelled_meetings: { folder: 'icsi-mrda', measure: measureLabelledMeetings },
  meetings: { folder: 'ami-rttm', measure: measureMeetings },
} as const;

const COMMAND = 'npm run real';
const say = (line: string) => process.stderr.write(`${line}\n`);

const is_json = process.argv.includes('--json');
const root = packageRoot();
const location = resolve(root, process.env.PLUMBLINE_DATA ?? '../shared/data');
const started_ms = performance.now();
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

async function part<Figures>(name: string, measure: (folder: string) => Promise<Figures>): Promise<Figures | null> {
  const folder = join(location, name);
  if (!existsSync(folder)) {
    say(`${name}: left out, there is no folder ${folder} (PLUMBLINE_DATA names where to look)`);
    return null;
  }
  const from_ms = performance.now();
  const figures = await measure(folder);
  say(`${name}: ${((performance.now() - from_ms) / 1000).toFixed(1)} s`);
  return figures;
}

const figures: RealDataFigures = {
  command: COMMAND,
  date: new Date().toISOString().slice(0, 10),
  version,
  node: process.versions.node,
  processors: `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}`,
  bank: await part(PARTS.bank.folder, PARTS.bank.measure),
  voice: await part(PARTS.voice.folder, PARTS.voice.measure),
  labelled_meetings: await part(PARTS.labelled_meetings.folder, PARTS.labelled_meetings.measure),
  meetings: await part(PARTS.meetings.folder, PARTS.meetings.measure),
  seconds: (performance.now() - started_ms) / 1000,
};

const page = join(root, 'docs', 'real-data.md');
if (Object.keys(PARTS).every((name) => figures[name as keyof typeof PARTS] === null)) {
  say('nothing was measured; docs/real-data.md stays as it is');
} else {
  mkdirSync(join(root, 'docs'), { recursive: true });
  writeFileSync(page, realDataPage(figures));
  say(`docs/real-data.md is written; ${figures.seconds.toFixed(0)} s`);
}
if (is_json) process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
