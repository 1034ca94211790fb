import { z } from 'zod';
import { attributionSchema } from '../../contracts/attribution.js';
import { comparisonReportSchema } from '../../contracts/comparison-report.js';
import { ruleSchema } from '../../contracts/config.js';
import { conservationSchema } from '../../contracts/conservation.js';
import { directiveSchema } from '../../contracts/directive.js';
import * as evaluation from '../../contracts/evaluation-report.js';
import { logDamageSchema, logDocumentSchema, passOverDocumentSchema } from '../../contracts/log-report.js';
import { rejectedDocumentSchema, rejectedLineSchema } from '../../contracts/rejected-report.js';
import * as reports from '../../contracts/reports.js';
import { reviewReportSchema } from '../../contracts/review-report.js';
import { page } from './markdown.js';
import { SchemaSections, sectionName } from './schema-sections.js';

/** The documents that commands print with `--json`, then the parts that they share. */
export function jsonPage(): string {
  const documents = new Set<unknown>([...Object.values(reports.DOCUMENTS), reports.errorDocumentSchema]);
  // Sorted: how the exports of a module are ordered depends on who loads it.
  const exported: [string, unknown][] = Object.entries(reports).sort(([left], [right]) => (left < right ? -1 : 1));
  const inReports: Record<string, z.ZodType> = {};
  for (const [name, value] of exported) if (value instanceof z.ZodType) inReports[name] = value;
  const { evaluationRowSchema, evaluationDocumentSchema } = evaluation;
  const { labelledSeriesRowSchema, seriesEvaluationRowSchema, seriesEvaluationSchema } = evaluation;
  const evaluationSchemas = {
    evaluationRowSchema,
    labelledSeriesRowSchema,
    seriesEvaluationRowSchema,
    seriesEvaluationSchema,
    evaluationDocumentSchema,
  };
  const apart = [
    { file: 'contracts/attribution.ts', schemas: { attributionSchema } },
    { file: 'contracts/comparison-report.ts', schemas: { comparisonReportSchema } },
    { file: 'contracts/review-report.ts', schemas: { reviewReportSchema } },
    { file: 'contracts/conservation.ts', schemas: { conservationSchema } },
    { file: 'contracts/evaluation-report.ts', schemas: evaluationSchemas },
    { file: 'contracts/log-report.ts', schemas: { logDamageSchema, logDocumentSchema, passOverDocumentSchema } },
    { file: 'contracts/rejected-report.ts', schemas: { rejectedLineSchema, rejectedDocumentSchema } },
  ];
  const inApart: Readonly<Record<string, z.ZodType>> = Object.assign({}, ...apart.map(({ schemas }) => schemas));
  const named: Readonly<Record<string, z.ZodType>> = { ...inReports, ...inApart };
  const sections = new SchemaSections([
    { file: 'contracts/reports.ts', schemas: inReports },
    ...apart,
    { file: 'contracts/directive.ts', schemas: { directiveSchema } },
    { file: 'contracts/config.ts', schemas: { ruleSchema } },
  ]);
  const all = [...Object.keys(inReports), ...Object.keys(inApart), 'directiveSchema', 'ruleSchema'];
  const commandOf = (name: string) =>
    Object.entries(reports.DOCUMENTS).find(([, schema]) => schema === named[name])?.[0];
  const section = (name: string) => {
    const command = commandOf(name);
    const command_text = command === undefined ? '' : `Printed by \`plumbline ${command} --json\`.`;
    const text = [sections.summary(name), command_text].filter((part) => part !== '').join(' ');
    return [`### ${sectionName(name)}`, text, sections.table(name)];
  };
  const printed = all.filter((name) => documents.has(named[name])).flatMap(section);
  const shared: string[] = [];
  // What documents refer to, and what that refers to.
  for (let before = -1; before < shared.length; ) {
    before = shared.length;
    for (const name of all) {
      const is_used = [...printed, ...shared].some((text) => text.includes(`(#${sectionName(name)})`));
      if (is_used && !documents.has(named[name]) && !shared.includes(`### ${sectionName(name)}`))
        shared.push(...section(name));
    }
  }
  return page(
    'JSON documents',
    'With `--json` a command prints exactly one of these documents on the standard output and everything else on the ' +
      'standard error. When it fails it prints the document `error_document`, and its exit code is not 0. JSON Schemas ' +
      'stand in [schemas](schemas/).',
    '## Documents',
    ...printed,
    '## Shared parts',
    ...shared,
  );
}
