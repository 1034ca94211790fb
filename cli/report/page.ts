import type { Conservation } from '../../contracts/batch.js';
import type { DirectiveReport, EpisodeReport, LabelReport } from '../../contracts/reports.js';
import type { SeriesPoint } from '../../contracts/series-point.js';
import { hasLeft, worthPictures } from '../../serving/pipeline-instance.js';
import { withoutRenewals } from '../present/episodes.js';
import {
  countText,
  evidenceText,
  instructionText,
  intervalText,
  localText,
  segmentText,
  streamText,
  valueText,
} from '../present/figures.js';
import { CHART_COLORS, type ChartMark, episodeChartSvg, type MarkKind } from './episode-chart.js';
import { Html, html } from './html.js';
import { STYLE } from './style.js';

/** Episodes that get a picture. */
export const CHARTS_MAX = 24;

export interface ReportInput {
  readonly title: string;
  /** One sentence on what this is. */
  readonly summary: string;
  readonly time_zone: string;
  readonly events: Conservation;
  readonly observations: number;
  readonly baselines: number;
  readonly episodes: readonly EpisodeReport[];
  readonly directives: readonly DirectiveReport[];
  /** By episode id. */
  readonly series: Readonly<Record<string, readonly SeriesPoint[]>>;
  /** Rows of an earlier time have left the store; null when none has. */
  readonly rows_from: string | null;
  /** Where drifts were planted. */
  readonly labels?: readonly LabelReport[];
  readonly false_directives?: {
    readonly labelled_day: number;
    readonly quiet_day: number;
    readonly quiet_date: string;
  };
}

/** The whole report: one file that needs no script and nothing from elsewhere. */
export function reportPage(input: ReportInput): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${input.title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<header>
<h1>${input.title}</h1>
<p>${input.summary} Times are ${input.time_zone}.</p>
</header>
${conservationSection(input)}
${goneSection(input)}
${labelSection(input)}
${directiveTable(input)}
${answeredCharts(input)}
${episodeTable(input)}
${otherCharts(input)}
</body>
</html>
`;
  return page.text;
}

function conservationSection({ events, observations, baselines, episodes, directives }: ReportInput): Html {
  const figure = (name: string, value: number) =>
    html`<div class="figure"><b>${countText(value)}</b><span>${name}</span></div>`;
  return html`<section class="figures">
${figure('events received', events.received)}<i>=</i>${figure('landed', events.landed)}<i>+</i>${figure('rejected', events.rejected)}<i>+</i>${figure('duplicate', events.duplicate)}
<em></em>
${figure('late', events.late)}${figure('observations', observations)}${figure('baselines', baselines)}${figure('episodes', episodes.length)}${figure('directives', directives.length)}
</section>`;
}

function goneSection({ rows_from, time_zone }: ReportInput): Html | null {
  if (rows_from === null) return null;
  return html`<p class="note">Rows of before ${localText(rows_from, time_zone)} have left the store (observe.rows_keep): observations and baselines of before are not counted here, and pictures of before show what was written down at the detection. What was decided stays.</p>`;
}

function labelSection({ labels, false_directives, time_zone }: ReportInput): Html | null {
  if (labels === undefined) return null;
  const number = (value: number | null) => (value === null ? '' : countText(value));
  const rows = labels.map(
    (
      label,
    ) => html`<tr><td>${label.found ? html`<span class="good">found</span>` : html`<span class="critical">missed</span>`}</td>
<td class="w">${label.name}</td><td>${label.signal ?? label.relationship ?? ''}</td><td class="w">${segmentText(label.segment)}</td>
<td class="t">${localText(label.onset_at, time_zone)}</td><td class="n">${number(label.delay_calls)}</td>
<td class="n">${number(label.delay_minutes)}</td><td class="n">${number(label.d_star_calls)}</td></tr>`,
  );
  const wrong =
    false_directives === undefined
      ? null
      : html`<p>False directives: ${countText(false_directives.labelled_day)} on the day of the drifts, ${countText(false_directives.quiet_day)} on the quiet day before it (${false_directives.quiet_date}).</p>`;
  return html`<section>
<h2>Planted drifts</h2>
<table><thead><tr><th></th><th>drift</th><th>signal</th><th>in</th><th>began</th><th class="n">delay, calls</th><th class="n">delay, minutes</th><th class="n">limit, calls</th></tr></thead>
<tbody>${rows}</tbody></table>
<p class="note">The limit is the least mean delay of any method that is told the size of the shift and is allowed as few false directives.</p>
${wrong}
</section>`;
}

function episodeTable({ episodes, directives, rows_from, time_zone }: ReportInput): Html {
  if (episodes.length === 0) return html`<section><h2>Episodes of drift</h2><p>None.</p></section>`;
  const charted = new Set(worthPictures({ episodes, directives, rows_from }, CHARTS_MAX).map(({ id }) => id));
  const rows = episodes.map((episode) => {
    const name = streamText(episode);
    const count = directives.filter(({ episode_id }) => episode_id === episode.id).length;
    return html`<tr><td>${charted.has(episode.id) ? html`<a href="#e-${episode.id}">${name}</a>` : name}</td>
<td class="w">${segmentText(episode.segment)}</td><td><span class="${episode.severity}">${episode.severity}</span>${episode.is_harmful ? '' : ' (for the better)'}</td>
<td class="t">${localText(episode.began_at, time_zone)}</td><td class="t">${localText(episode.detected_at, time_zone)}</td>
<td class="n">${valueText(episode.observed, episode.unit)}</td>
<td class="n">${intervalText(episode.expected, episode.expected_low, episode.expected_high, episode.unit)}</td><td class="n">${count}</td></tr>`;
  });
  return html`<section>
<h2>Episodes of drift</h2>
<table><thead><tr><th>what</th><th>in</th><th>severity</th><th>began</th><th>detected</th><th class="n">observed</th><th class="n">expected</th><th class="n">directives</th></tr></thead>
<tbody>${rows}</tbody></table>
</section>`;
}

function directiveTable({ directives, time_zone }: ReportInput): Html {
  if (directives.length === 0) return html`<section><h2>Directives</h2><p>None.</p></section>`;
  const rows = withoutRenewals(directives).map(({ first, last, renewals }) => {
    const renewed = renewals === 0 ? '' : renewals === 1 ? 'once' : `${countText(renewals)} times`;
    return html`<tr><td class="t">${localText(first.issued_at, time_zone)}</td><td class="w">${instructionText(first)}</td>
<td>${first.mode}</td><td class="t">${localText(last.expires_at, time_zone)}</td><td class="t">${renewed}</td><td class="w">${first.rule}</td><td><code>${first.id}</code></td></tr>`;
  });
  return html`<section>
<h2>Directives</h2>
<table><thead><tr><th>issued</th><th>instruction</th><th>mode</th><th>lease until</th><th>renewed</th><th>rule</th><th>id</th></tr></thead>
<tbody>${rows}</tbody></table>
</section>`;
}

function chartsOf(input: ReportInput): { answered: EpisodeReport[]; others: EpisodeReport[] } {
  const has_directive = ({ id }: EpisodeReport) => input.directives.some(({ episode_id }) => episode_id === id);
  const charted = worthPictures(input, CHARTS_MAX);
  return { answered: charted.filter(has_directive), others: charted.filter((episode) => !has_directive(episode)) };
}

function answeredCharts(input: ReportInput): Html | null {
  return chartSection('Drift that a directive answers', chartsOf(input).answered, input);
}

function otherCharts(input: ReportInput): Html | null {
  const { answered, others } = chartsOf(input);
  const more = input.episodes.length - answered.length - others.length;
  const section = chartSection('Drift without a directive of its own', others, input);
  return more > 0
    ? html`${section}<p class="note">${countText(more)} more episodes, weaker or of before, have no picture here.</p>`
    : section;
}

function chartSection(title: string, episodes: readonly EpisodeReport[], input: ReportInput): Html | null {
  if (episodes.length === 0) return null;
  const swatch = (kind: MarkKind | 'observed' | 'expected' | 'band', text: string) =>
    html`<span><i style="background:${CHART_COLORS[kind]}"></i>${text}</span>`;
  return html`<section>
<h2>${title}</h2>
<p class="legend">${swatch('observed', 'observed')}${swatch('band', 'expected, 95 %')}${input.labels === undefined ? null : swatch('planted', 'planted')}${swatch('began', 'estimated start')}${swatch('detected', 'detected')}${swatch('directive', 'directive')}${swatch('closed', 'over')}</p>
<div class="charts">
${episodes.map((episode) => chartFigure(episode, input))}
</div>
</section>`;
}

function chartFigure(episode: EpisodeReport, input: ReportInput): Html {
  const points = input.series[episode.id] ?? [];
  const directives = input.directives.filter(({ episode_id }) => episode_id === episode.id);
  const has_left = hasLeft(episode.began_at, input.rows_from);
  const missing = has_left ? 'Its rows have left the store.' : 'No points.';
  const picture =
    points.length === 0
      ? html`<p class="note">${missing}</p>`
      : new Html(
          episodeChartSvg({
            id: `c-${episode.id}`,
            points,
            unit: episode.unit,
            marks: marksOf(episode, directives, input, points),
            time_zone: input.time_zone,
            width: 600,
            height: 210,
          }),
        );
  const units = episode.relationship === null ? 'calls' : 'windows';
  return html`<figure id="e-${episode.id}">
<figcaption><b>${streamText(episode)}</b> in ${segmentText(episode.segment)} <span class="${episode.severity}">${episode.severity}</span>
<small>${valueText(episode.observed, episode.unit)} over ${countText(episode.evidence.units)} ${units}; expected ${intervalText(episode.expected, episode.expected_low, episode.expected_high, episode.unit)}; ${evidenceText(episode)}</small></figcaption>
${picture}${has_left && points.length > 0 ? html`<p class="note">As it was known at the detection: its rows have left the store.</p>` : null}
</figure>
`;
}

/** What happened, as far as it lies within the picture. */
function marksOf(
  episode: EpisodeReport,
  directives: readonly DirectiveReport[],
  { labels }: ReportInput,
  points: readonly SeriesPoint[],
): ChartMark[] {
  const from = points[0].at_us / 1000;
  const until = points[points.length - 1].at_us / 1000 + 900_000;
  const label = labels?.find((candidate) => plants(candidate, episode));
  const marks: [MarkKind, string | null | undefined][] = [
    ['planted', label?.onset_at],
    ['began', episode.began_at],
    ['detected', episode.detected_at],
    ...directives.map(({ issued_at }): [MarkKind, string] => ['directive', issued_at]),
    ['closed', episode.closed_at],
  ];
  return marks
    .flatMap(([kind, at]) => (at === null || at === undefined ? [] : [{ kind, at_ms: Date.parse(at) }]))
    .filter(({ at_ms }) => at_ms >= from && at_ms <= until);
}

/** Whether a label is about the stream of an episode: its signal or one that it moves, in the same segment. */
function plants(label: LabelReport, episode: EpisodeReport): boolean {
  const stream = episode.signal ?? episode.relationship ?? '';
  if (stream !== (label.signal ?? label.relationship) && !label.affects.includes(stream)) return false;
  const shared = Object.keys(label.segment).filter((dimension) => dimension in episode.segment);
  return shared.every((dimension) => label.segment[dimension] === episode.segment[dimension]);
}
