import type { BankDrift, BankFigures, BankMonth } from './bank.js';
import type { ImportFacts } from './import-run.js';
import type { Agreement, LabelledMeetingsFigures, MeetingsFigures, OverlapFigures, TurnLimits } from './meetings.js';
import type { VoiceFigures } from './voice.js';

export interface RealDataFigures {
  readonly command: string;
  readonly date: string;
  readonly version: string;
  readonly node: string;
  readonly processors: string;
  /** Null: the data was not there. */
  readonly bank: BankFigures | null;
  readonly voice: VoiceFigures | null;
  readonly labelled_meetings: LabelledMeetingsFigures | null;
  readonly meetings: MeetingsFigures | null;
  readonly seconds: number;
}

/** The page about a run over real data, as Markdown. Every number in it was measured by that run. */
export function realDataPage(figures: RealDataFigures): string {
  const { command, date, version, node, processors, seconds, bank, voice, labelled_meetings, meetings } = figures;
  return `${[
    '# Plumbline on real data',
    '',
    `Written by \`${command}\` on ${date}: Plumbline ${version}, Node ${node}, ${processors}, ${seconds.toFixed(0)} s. \`--json\` prints the`,
    'figures. The data is public and not part of this repository; `PLUMBLINE_DATA` names the folder that holds it. Every set',
    'goes through an import mapping of `sql/imports/` (its head says what it assumes), the landing log, and the whole pipeline.',
    '',
    ...(bank === null ? leftOut('Sales calls of a bank') : bankPart(bank)),
    ...(voice === null ? leftOut('Calls of AI voice agents') : voicePart(voice)),
    ...(labelled_meetings === null ? leftOut('Meetings with labels') : labelledPart(labelled_meetings)),
    ...(meetings === null ? leftOut('Meetings without labels') : meetingsPart(meetings)),
  ].join('\n')}`;
}

function leftOut(title: string): string[] {
  return [`## ${title}`, '', 'Left out: the data was not there.', ''];
}

function runLine({ mapping, events, rejected, late, seconds }: ImportFacts): string {
  const rate = count(Math.round(events / seconds / 100) * 100);
  return `Mapping \`${mapping}\`: ${count(events)} events, ${count(rejected)} rejected, ${count(late)} late, ${seconds.toFixed(1)} s from the file to everything applied${events < 1_000 ? '' : ` (${rate} events/s)`}.`;
}

function bankPart({ run, months, drifts }: BankFigures): string[] {
  const unequal = months.filter(({ is_equal }) => !is_equal);
  return [
    '## Sales calls of a bank: what drifts, and when',
    '',
    'Moro, Cortez and Rita, "Bank Marketing", UCI Machine Learning Repository (CC BY 4.0), DOI 10.24432/C5K306: dated outbound',
    'calls for term deposits, May to December 2008. **Assumed:** the file knows days and no times, so the calls of a day end at',
    'even distances within one hour; every call was answered by a person at once. Nobody has labelled drifts in it.',
    '',
    runLine(run),
    '',
    `Counts of the observations (whole fleet) against plain sums of the file, by month: ${unequal.length === 0 ? 'equal in every month' : `NOT equal in ${unequal.map(({ month }) => month).join(', ')}`}.`,
    '',
    '| month | calls | conversion | mean attempt (to 20) | mobile | talk, s (to 600) | observations |',
    '| --- | ---: | ---: | ---: | ---: | ---: | --- |',
    ...months.map(monthLine),
    '',
    'History 28 days, guard 1 day, at least 21 days, learnt anew every Monday; streams: the whole fleet, and each contact channel.',
    '"Before" and "since" are plain means of the file: over the 28 days before the drift began, and from then to the day on which it',
    'was found. An episode is open where the drift goes on to the end of the data, or too few calls came since to say that it is over.',
    '"Seen" is the first day on which the evidence passed the threshold while the baseline was too thin for a directive to rest on',
    'it; no episode is opened then. A share near 0 or 1 is a thin baseline however many calls stand behind it: a share that was',
    'always 0 says nothing of how it varies.',
    '',
    '| found | began | closed | signal | segment | direction | before | since | calls since | judgement |',
    '| --- | --- | --- | --- | --- | --- | ---: | ---: | ---: | --- |',
    ...drifts.map(driftLine),
    '',
    agreementOfDrifts(drifts),
    '',
  ];
}

function monthLine({ month, calls, conversions, attempts, cellular, talk_s, is_equal }: BankMonth): string {
  const cells = [
    month,
    count(calls),
    percent(conversions / calls),
    (attempts / calls).toFixed(2),
    percent(cellular / calls),
    (talk_s / calls).toFixed(0),
    is_equal ? 'equal' : 'NOT equal',
  ];
  return `| ${cells.join(' | ')} |`;
}

function driftLine(drift: BankDrift): string {
  const { found_on, began_on, closed_on, signal, segment, direction, calls_since, judgement } = drift;
  const value = (mean: number | null) => (mean === null ? '-' : signalText(signal, mean));
  const cells = [
    found_on,
    began_on,
    closed_on ?? (judgement === 'episode' ? 'open' : '-'),
    `\`${signal}\``,
    segment,
    direction,
  ];
  return `| ${[...cells, value(drift.before), value(drift.since), count(calls_since), judgement].join(' | ')} |`;
}

function signalText(signal: string, mean: number): string {
  return signal.endsWith('_rate') || signal.endsWith('_share')
    ? percent(mean)
    : mean.toFixed(signal === 'mean_attempt' ? 2 : 0);
}

/** Whether the file itself moved the way that was said. */
function agreementOfDrifts(drifts: readonly BankDrift[]): string {
  const comparable = drifts.filter(
    ({ before, since, direction }) => before !== null && since !== null && direction !== 'none',
  );
  const agreeing = comparable.filter(({ before, since, direction }) =>
    direction === 'up' ? since! > before! : since! < before!,
  );
  return `The plain means of the file move in the direction that was said in ${agreeing.length} of ${comparable.length} of these.`;
}

function voicePart({ run, compared, derived }: VoiceFigures): string[] {
  const equal = compared.filter(({ is_equal }) => is_equal).length;
  return [
    '## Calls of AI voice agents: against published figures',
    '',
    "Three full-duplex calls of sierra-research/tau2-bench (MIT), ticks of 0.2 s, with what the benchmark's own code gives for them",
    'together. The turns, their overlaps and the interruptions by the agent are those of the relation `turns`; what a caller meant',
    '(a backchannel, a cough, words to somebody else) cannot be seen from times and is read from the file. SQL:',
    '`sql/checks/tau_voice.sql`.',
    '',
    runLine(run),
    '',
    `${equal} of ${compared.length} figures are equal to 12 digits. Not computed: selectivity for vocal tics and for speech to others, since these happen outside of turns too.`,
    '',
    '| figure | published | measured | |',
    '| --- | ---: | ---: | --- |',
    ...compared.map(
      ({ name, published, measured, is_equal }) =>
        `| \`${name}\` | ${figure(published)} | ${figure(measured)} | ${is_equal ? 'equal' : 'NOT equal'} |`,
    ),
    '',
    "Plumbline's own judgement of the same turns, from times alone:",
    '',
    ...Object.entries(derived).map(([name, value]) => `- \`${name}\`: ${value}`),
    '',
    'An agent that starts in the same tick as the caller counts as interrupting, as in the benchmark. Callee interruptions are more',
    'than the barge-ins above because times alone do not tell a cough or a long "mm-hm" from a barge-in.',
    '',
  ];
}

function labelledPart(figures: LabelledMeetingsFigures): string[] {
  const { run, utterances, interrupted, abandoned, backchannels, cut_off_abandoned, agreements, meetings, overlaps } =
    figures;
  const [inForce] = agreements;
  const base_rate = interrupted / utterances;
  return [
    '## Meetings with labels: is "cut off" what people call interrupted?',
    '',
    'ICSI Meeting Corpus, International Computer Science Institute, dialogue acts of Shriberg et al. 2004 (CC BY 4.0). **Assumed:** of',
    'every meeting one call per speaker, who is the callee; all others together are the agent. A meeting has more voices than a call,',
    'and far more overlap.',
    '',
    runLine(run),
    '',
    ...overlapLines(overlaps),
    '',
    `Of ${count(utterances)} labelled utterances people called ${count(interrupted)} interrupted (\`%-\`, ${percent(base_rate)}) and ${count(abandoned)} abandoned`,
    `by the speaker (\`%--\`); ${count(backchannels)} are backchannels (\`b\`). With the limits in force (${limitsText(inForce!.limits)}):`,
    '',
    '| Plumbline says | people say | both | only Plumbline | only people | precision | recall | F1 |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    `| cut off | interrupted | ${agreementCells(inForce!.cut_off)} |`,
    `| backchannel | backchannel | ${agreementCells(inForce!.backchannel)} |`,
    '',
    `A turn that is called cut off is ${(inForce!.cut_off.precision / base_rate).toFixed(1)} times as often interrupted as any turn, and ${percent(cut_off_abandoned / abandoned)} of the abandoned`,
    'ones are called cut off too. Times alone do not tell whether a sentence was finished: most turns that end under an overlap are',
    'complete to those who listen, and many that people call interrupted end before the other voice begins. So `is_cut_off`',
    'is no judgement of a single turn. As a share of turns, which is what a signal is, it follows what people say: over the',
    `${meetings} meetings the two shares have a correlation of ${inForce!.cut_off.correlation.toFixed(2)} (backchannels: ${inForce!.backchannel.correlation.toFixed(2)}).`,
    '',
    'One limit changed at a time (the limits were chosen with this corpus in view; four round numbers against this many utterances):',
    '',
    '| limit | cut off: precision | recall | F1 | backchannel: precision | recall | F1 |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...agreements.map(({ limits, cut_off, backchannel }) => {
      const changed = Object.entries(limits).filter(
        ([name, value]) => value !== inForce!.limits[name as keyof TurnLimits],
      );
      const name = changed.length === 0 ? 'in force' : changed.map(([key, value]) => `\`${key}\` ${value}`).join(', ');
      return `| ${name} | ${rates(cut_off)} | ${rates(backchannel)} |`;
    }),
    '',
  ];
}

function meetingsPart({ run, overlaps }: MeetingsFigures): string[] {
  return [
    '## Meetings without labels: overlap and volume',
    '',
    'AMI Meeting Corpus (Carletta et al. 2006, CC BY 4.0), speech segments as set up by BUTSpeechFIT (Apache-2.0). Assumed as above.',
    '',
    runLine(run),
    '',
    ...overlapLines(overlaps),
    '',
  ];
}

function overlapLines(overlaps: readonly OverlapFigures[]): string[] {
  return [
    '| turns of one speaker | overlap counts from | start over another voice | interruptions | backchannels | cut off |',
    '| ---: | ---: | ---: | ---: | ---: | ---: |',
    ...overlaps.map(
      ({ turns, limits, over_other_share, interruption_share, backchannel_share, cut_off_share }) =>
        `| ${[
          count(turns),
          `${limits.overlap_ms_min} ms`,
          percent(over_other_share),
          percent(interruption_share),
          percent(backchannel_share),
          percent(cut_off_share),
        ].join(' | ')} |`,
    ),
  ];
}

function limitsText(limits: TurnLimits): string {
  return Object.entries(limits)
    .map(([name, value]) => `\`${name}\` ${value}`)
    .join(', ');
}

function agreementCells(agreement: Agreement): string {
  const { both, judged_only, labelled_only } = agreement;
  return `${count(both)} | ${count(judged_only)} | ${count(labelled_only)} | ${rates(agreement)}`;
}

function rates({ precision, recall, f1 }: Agreement): string {
  return [precision, recall, f1].map((value) => value.toFixed(3)).join(' | ');
}

function figure(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(6);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
