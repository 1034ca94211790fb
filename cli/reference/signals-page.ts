import { DIMENSIONS } from '../../contracts/event.js';
import { readSignalFiles, type SignalFile } from '../../pipelines/signal-files.js';
import { code, codes, fence, fileLink, page, table } from './markdown.js';
import { type SqlFile, sqlFile } from './sql-headers.js';

export function signalsPage(): string {
  const files = readSignalFiles();
  return page(
    'Signals',
    'A signal is one SQL file: its header registers it, its statement creates the view of the same name. The view has ' +
      'one row per entity that counts: `signal`, `happened_at`, the dimensions, and the integer statistics `n`, ' +
      '`total`, `exposure_ms`, `total_squares`. A window of a signal closes when event time has passed its end by the ' +
      'maturity. A folder of your own signals is named by `signals_dir`.',
    table(
      ['kind', 'level', 'n counts'],
      [
        ['proportion', '`total / n`', 'trials'],
        ['rate', '`total / exposure`, per minute', 'calls, or minutes of a dense signal'],
        ['mean', '`total / n`', 'values'],
      ],
    ),
    table(
      ['signal', 'what it is', 'kind', 'unit', 'harmful'],
      files.map(({ signal: { signal, summary, kind, unit, harmful } }) => [
        `[${signal}](#${signal})`,
        summary,
        kind,
        unit,
        harmful,
      ]),
    ),
    ...files.flatMap((file) => section(file, sqlFile(`sql/signals/${file.signal.signal}.sql`))),
  );
}

function section({ signal }: SignalFile, { file, header, body }: SqlFile): string[] {
  const { scale, upper, dense, maturity, dimensions } = signal;
  const facts = [
    `maturity ${code(maturity)}`,
    ...(scale === 1 ? [] : [`statistics are divided by ${scale.toLocaleString('en-US')} to come to the unit`]),
    ...(upper === undefined ? [] : [`values lie between 0 and ${upper.toLocaleString('en-US')}`]),
    ...(dense ? ['counted in every minute, also where nothing happened'] : []),
    ...(dimensions.length === DIMENSIONS.length ? [] : [`grouped by ${codes(dimensions)} only`]),
  ];
  const note = header.note === undefined ? '' : ` Note: ${header.note}.`;
  return [
    `## ${signal.signal}`,
    `${capital(signal.summary)}. ${capital(facts.join('; '))}.${note} ${fileLink(file)}`,
    fence('sql', body.slice(body.indexOf('select'))),
  ];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
