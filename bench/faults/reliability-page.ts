import { readFileSync, writeFileSync } from 'node:fs';
import type { FaultReport } from './fault-report.js';

/** The part of `docs/reliability.md` that a run writes. */

const BEGIN = '<!-- fault matrix: written by npm run test:faults -- --write -->';
const END = '<!-- end of the fault matrix -->';

export interface MatrixRun {
  readonly command: string;
  /** Day of it, UTC. */
  readonly on: string;
  /** How long it took. */
  readonly minutes: number;
}

export function writeMatrix(page: string, report: FaultReport, run: MatrixRun): void {
  const text = readFileSync(page, 'utf8');
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`"${page}" has no place for the fault matrix`);
  writeFileSync(
    page,
    `${text.slice(0, from + BEGIN.length)}\n\n${matrixLines(report, run).join('\n')}\n\n${text.slice(to)}`,
  );
}

export function matrixLines(report: FaultReport, { command, on, minutes }: MatrixRun): string[] {
  const { kills, seeds, events, lost, doubled, id_differences, restart_seconds_max, damages } = report;
  return [
    `Written on ${on} by \`${command}\` in ${minutes.toFixed(1)} minutes: ${kills} kills, ${seeds} seeds, ${events} events; ${lost} lost, ${doubled} doubled,`,
    `${id_differences} directive ids other than without faults; longest restart ${restart_seconds_max.toFixed(1)} s;`,
    `${damages.log} damages of the log, its archive and its summaries, ${damages.store} of the store, ${damages.undetected} undetected.`,
    '',
    '| fault | how injected | invariant | result | seeds |',
    '| --- | --- | --- | --- | --- |',
    ...report.matrix.map(
      ({ fault, injected, invariant, result, seeds: tried }) =>
        `| ${[fault, injected, invariant, result, tried === 0 ? '' : String(tried)].join(' | ')} |`,
    ),
  ];
}
