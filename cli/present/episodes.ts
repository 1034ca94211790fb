import type { DirectiveReport, EpisodeReport } from '../../contracts/reports.js';
import {
  countText,
  evidenceText,
  instructionText,
  intervalText,
  localText,
  localTimeText,
  segmentText,
  streamText,
  valueText,
} from './figures.js';
import { type Colors, printable, wrapped } from './text.js';

export interface PresentOptions {
  readonly colors: Colors;
  /** Characters a line may have. */
  readonly width: number;
  /** In which instants are shown. */
  readonly time_zone: string;
}

/** Episodes shown at full length; the store has the rest. */
const DETAILED_MAX = 24;

/** A directive with its renewals: the same setting again, for the same episode by the same rule. */
export interface Answer {
  readonly first: DirectiveReport;
  readonly last: DirectiveReport;
  readonly renewals: number;
}

/** Directives in their order, each with its renewals behind it. */
export function withoutRenewals(directives: readonly DirectiveReport[]): Answer[] {
  const issued = new Map<string, DirectiveReport[]>();
  for (const directive of directives) {
    const key = JSON.stringify([directive.rule, directive.episode_id]);
    issued.set(key, [...(issued.get(key) ?? []), directive]);
  }
  return [...issued.values()].map((same) => ({
    first: same[0],
    last: same[same.length - 1],
    renewals: same.length - 1,
  }));
}

/** Every episode with its directives; those that were answered first, each at full length. */
export function episodeLines(
  {
    episodes,
    directives,
    baselines,
  }: {
    readonly episodes: readonly EpisodeReport[];
    readonly directives: readonly DirectiveReport[];
    readonly baselines: number;
  },
  options: PresentOptions,
): string[] {
  const { bold, dim } = options.colors;
  if (episodes.length === 0) {
    const why =
      baselines === 0
        ? 'nothing was judged: there are no baselines yet, which need the history that baseline.history_min asks for'
        : 'none: everything that is watched lies where its baseline expects it';
    return [bold('Drift'), ...wrapped('  ', why, options.width)];
  }
  const answered = episodes.filter(({ id }) => directives.some(({ episode_id }) => episode_id === id));
  const others = episodes.filter((episode) => !answered.includes(episode));
  const answers = withoutRenewals(directives);
  const answersTo = ({ id }: EpisodeReport) => answers.filter(({ first }) => first.episode_id === id);
  const lines: string[] = [];
  if (answered.length > 0) {
    lines.push(bold(`Drift that a directive answers (${answered.length})`));
    for (const episode of answered.slice(0, DETAILED_MAX)) {
      lines.push(...detailLines(episode, answersTo(episode), options), '');
    }
    if (answered.length > DETAILED_MAX)
      lines.push(dim(`  and ${answered.length - DETAILED_MAX} more in the store`), '');
  }
  if (others.length > 0) {
    lines.push(bold(`Drift without a directive of its own (${others.length})`));
    lines.push(...listedLines(others, options));
  } else {
    lines.pop();
  }
  return lines;
}

function detailLines(episode: EpisodeReport, answers: readonly Answer[], options: PresentOptions): string[] {
  const { bold, red, yellow, dim } = options.colors;
  const paint = episode.severity === 'minor' ? yellow : red;
  const { time_zone } = options;
  const units = episode.relationship === null ? 'calls' : 'windows';
  const closed =
    episode.closed_at === null ? 'still open' : `over ${localTimeText(episode.closed_at, episode.began_at, time_zone)}`;
  const row = (name: string, text: string) => wrapped(`    ${name.padEnd(10)}`, text, options.width);
  const benign = episode.is_harmful ? '' : ', a change for the better';
  return [
    `  ${bold(streamText(episode))} in ${segmentText(episode.segment)}  ${paint(episode.severity)}${benign}`,
    ...row(
      'began',
      `${localText(episode.began_at, time_zone)}, detected ${localTimeText(episode.detected_at, episode.began_at, time_zone)} after ${countText(episode.evidence.units)} ${units}, ${closed}`,
    ),
    ...row(
      'observed',
      `${valueText(episode.observed, episode.unit)}, expected ${intervalText(episode.expected, episode.expected_low, episode.expected_high, episode.unit)}`,
    ),
    ...row('evidence', evidenceText(episode)),
    ...answers.flatMap((answer) => [
      ...row('directive', `${instructionText(answer.first)} (${answer.first.mode})`),
      ...row('', answerText(answer, time_zone)).map((line) => dim(line)),
    ]),
  ];
}

function answerText({ first, last, renewals }: Answer, time_zone: string): string {
  const renewed = renewals === 0 ? '' : renewals === 1 ? ', renewed once' : `, renewed ${renewals} times`;
  const until = localTimeText(last.expires_at, first.issued_at, time_zone);
  return `rule ${printable(first.rule)}; id ${printable(first.id)}; lease until ${until}${renewed}`;
}

/** One entry for each signal: where it has drifted too, and since when. */
function listedLines(episodes: readonly EpisodeReport[], { time_zone, width }: PresentOptions): string[] {
  const by_stream = new Map<string, EpisodeReport[]>();
  for (const episode of episodes) {
    const stream = streamText(episode);
    by_stream.set(stream, [...(by_stream.get(stream) ?? []), episode]);
  }
  return [...by_stream].flatMap(([stream, group]) => {
    const head = `  ${localText(group[0].detected_at, time_zone).slice(5)}  `;
    return wrapped(head, `${stream} in ${segmentsText(group.map(({ segment }) => segment))}`, width);
  });
}

/** `the whole fleet; campaign a, b; number_pool p1` */
function segmentsText(segments: readonly Readonly<Record<string, string>>[]): string {
  const by_dimensions = new Map<string, string[]>();
  for (const segment of segments) {
    const dimensions = Object.keys(segment).join(' and ');
    const values = Object.values(segment).map(printable).join(' and ');
    by_dimensions.set(dimensions, [...(by_dimensions.get(dimensions) ?? []), values]);
  }
  return [...by_dimensions]
    .map(([dimensions, values]) => (dimensions === '' ? 'the whole fleet' : `${dimensions} ${values.join(', ')}`))
    .join('; ');
}
