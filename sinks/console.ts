import { z } from 'zod';
import type { Directive } from '../contracts/directive.js';
import type { Sink } from '../contracts/sink.js';
import { REST_PART } from '../contracts/verdict.js';

/** Shows directives to people: one plain block of text each. */

const config = z.strictObject({
  use: z.literal('console').default('console'),
  ids_max: z
    .number()
    .int()
    .min(1)
    .default(4_096)
    .describe('how many of the latest ids are remembered, to show none twice'),
});

export const consoleSink: Sink<z.infer<typeof config>> = {
  name: 'console',
  summary: 'Writes each directive as a block of plain text for people.',
  config,
  async open({ ids_max }, context) {
    const shown = new Set<string>();
    return {
      async deliver(directives) {
        for (const directive of directives) {
          if (shown.has(directive.id)) continue;
          // Who does not read what is written gets no more of it: one directive is in memory. It is not given up after the
          // time for an answer either: what is written cannot be taken back.
          await Promise.all(directiveLines(directive).map((line) => context.write(line)));
          shown.add(directive.id);
          if (shown.size > ids_max) shown.delete(shown.values().next().value!);
        }
      },
      fills: () => [{ queue: 'ids', filled: shown.size, max: ids_max }],
      async close() {},
    };
  },
};

const MODE_TEXT = {
  shadow: 'shadow: nothing is to be done',
  advise: 'advised: a person decides',
  enforce: 'to be enforced',
} as const;

/** The block of one directive. Names that came in with events cannot move the cursor or fake a line. */
export function directiveLines(directive: Directive): readonly string[] {
  const { evidence } = directive;
  const subject = evidence.signal ?? relationshipText(evidence);
  const dimensions = Object.entries(evidence.segment).map(([dimension, value]) => `${dimension} ${value}`);
  const segment = dimensions.length === 0 ? 'all calls' : dimensions.join(', ');
  const label = evidence.label === null ? '' : ` (${evidence.label})`;
  return [
    `DIRECTIVE ${directive.id}  ${directive.action} ${directive.target}: ${directive.unit} = ${directive.value}`,
    `  mode      ${directive.mode} (${MODE_TEXT[directive.mode]})`,
    `  because   ${subject} is ${evidence.direction}${label} in ${segment}, severity ${evidence.severity}`,
    `  observed  ${figure(evidence.observed)} over ${figure(evidence.units)} units; expected ${figure(evidence.expected)} (${figure(evidence.expected_low)} to ${figure(evidence.expected_high)})`,
    `  since     ${evidence.began_at}, detected ${evidence.detected_at}`,
    `  evidence  ${figure(evidence.log_evidence)} against a threshold of ${figure(evidence.log_threshold)} (natural logarithms), ${evidence.detector}, baseline ${evidence.baseline_version}`,
    `  rule      ${directive.rule}, policy ${directive.policy_version}, episode ${directive.episode_id}`,
    `  lease     ${directive.issued_at} to ${directive.expires_at}, epoch ${directive.epoch}, seq ${directive.seq}`,
  ].map(printable);
}

function relationshipText({ relationship, part }: Directive['evidence']): string {
  if (part === null) return `the relationship ${relationship}`;
  return part === REST_PART ? `what no part of the mix ${relationship} counts` : `${part} of the mix ${relationship}`;
}

/** Three significant digits; whole numbers from 1,000 on as they are. */
function figure(value: number): string {
  return Math.abs(value) >= 1_000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

/** Control characters, line separators and marks that turn the direction of writing, as their escapes. */
function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
}
