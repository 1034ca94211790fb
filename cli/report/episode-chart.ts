import { LineChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { SeriesPoint } from '../../contracts/series-point.js';
import { localText } from '../present/figures.js';

use([LineChart, GridComponent, MarkLineComponent, SVGRenderer]);

const HOUR_MS = 3_600_000;
/** The wide band of a point with less than this share of the usual units is cut off by the edge of the picture. */
const THIN_SHARE = 0.35;
/** More than this many usual steps without a point are a gap. */
const GAP_STEPS = 4;
/** Marks of an hour axis that still can be read. */
const TICKS_MAX = 12;

export const CHART_COLORS = {
  band: '#d5e3f0',
  expected: '#6f8ba6',
  observed: '#14395c',
  planted: '#7b3fa0',
  began: '#b06a00',
  detected: '#b3261e',
  directive: '#1b7a3d',
  closed: '#5f6b76',
} as const;
export type MarkKind = 'planted' | 'began' | 'detected' | 'directive' | 'closed';

export interface ChartMark {
  readonly kind: MarkKind;
  readonly at_ms: number;
}

export interface EpisodeChart {
  /** Names the picture on its page: letters, digits and dashes. */
  readonly id: string;
  readonly points: readonly SeriesPoint[];
  readonly unit: string;
  readonly marks: readonly ChartMark[];
  readonly time_zone: string;
  readonly width: number;
  readonly height: number;
}

/** The picture of an episode as SVG: what was observed over the band that was expected, with the marks of what happened. */
export function episodeChartSvg({ id, unit, marks, time_zone, width, height, ...chosen }: EpisodeChart): string {
  const points = withGaps(chosen.points);
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  const factor = unit === 'ratio' ? 100 : 1;
  const at = (point: SeriesPoint) => point.at_us / 1000;
  const scaled = (value: number | null) => (value === null ? null : value * factor);
  const from = Math.min(...points.map(at), ...marks.map(({ at_ms }) => at_ms));
  const until = Math.max(...points.map(at), ...marks.map(({ at_ms }) => at_ms));
  const min = Math.floor(from / HOUR_MS) * HOUR_MS;
  const max = Math.max(min + HOUR_MS, Math.ceil(until / HOUR_MS) * HOUR_MS);
  const line = (data: [number, number | null][], color: string, more: object) => ({
    type: 'line' as const,
    data,
    symbol: 'none',
    silent: true,
    animation: false,
    lineStyle: { color, width: 1.5 },
    ...more,
  });
  const width_of_band = (point: SeriesPoint) =>
    point.expected_low === null || point.expected_high === null
      ? null
      : (point.expected_high - point.expected_low) * factor;
  chart.setOption({
    animation: false,
    textStyle: { fontFamily: 'system-ui, sans-serif' },
    grid: { left: 56, right: 16, top: 24, bottom: 28 },
    xAxis: {
      type: 'value',
      min,
      max,
      interval: Math.ceil((max - min) / HOUR_MS / TICKS_MAX) * HOUR_MS,
      axisLabel: {
        showMaxLabel: (max - min) / HOUR_MS < TICKS_MAX,
        formatter: (ms: number) => localText(new Date(ms).toISOString(), time_zone).slice(11),
        color: '#444',
      },
      axisLine: { onZero: false, lineStyle: { color: '#999' } },
      splitLine: { show: false },
    },
    yAxis: {
      type: 'value',
      scale: true,
      ...axisSpan(points, factor, unit),
      axisLabel: { formatter: (value: number) => axisText(value, unit), color: '#444' },
      splitLine: { lineStyle: { color: '#eceff2' } },
    },
    series: [
      line(
        points.map((point) => [at(point), scaled(point.expected_low)]),
        'transparent',
        { stack: 'band', stackStrategy: 'all' },
      ),
      line(
        points.map((point) => [at(point), width_of_band(point)]),
        'transparent',
        {
          stack: 'band',
          stackStrategy: 'all',
          areaStyle: { color: CHART_COLORS.band, opacity: 1 },
        },
      ),
      line(
        points.map((point) => [at(point), scaled(point.expected)]),
        CHART_COLORS.expected,
        {
          lineStyle: { color: CHART_COLORS.expected, width: 1.2, type: 'dashed' },
        },
      ),
      line(
        points.map((point) => [at(point), scaled(point.observed)]),
        CHART_COLORS.observed,
        {
          symbol: 'circle',
          symbolSize: 4,
          itemStyle: { color: CHART_COLORS.observed },
          lineStyle: { color: CHART_COLORS.observed, width: 1.8 },
          markLine: {
            silent: true,
            symbol: 'none',
            animation: false,
            data: marks.map(({ kind, at_ms }) => ({
              xAxis: at_ms,
              symbol: kind === 'directive' ? ['none', 'circle'] : 'none',
              symbolSize: 7,
              lineStyle: {
                color: CHART_COLORS[kind],
                width: isCovered({ kind, at_ms }, marks) ? 0 : 1.6,
                type: lineType(kind),
              },
              label: { show: false },
            })),
          },
        },
      ),
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return plainSvg(svg, id);
}

/** An empty point where nothing was observed for a while, such as overnight: lines do not cross it. */
function withGaps(points: readonly SeriesPoint[]): SeriesPoint[] {
  const steps = points.slice(1).map(({ at_us }, at) => at_us - points[at].at_us);
  const usual = Math.min(...steps);
  return points.flatMap((point, at) => {
    if (at === 0 || steps[at - 1] <= usual * GAP_STEPS) return [point];
    const at_us = points[at - 1].at_us + usual;
    return [{ at_us, n: 0, observed: null, expected: null, expected_low: null, expected_high: null }, point];
  });
}

/** Without what ECharts adds for a page that moves; with ids that no other picture of the page has. */
function plainSvg(svg: string, id: string): string {
  return svg
    .replaceAll(/ (?:ecmeta_\w+|class|pointer-events)="[^"]*"/g, '')
    .replaceAll(/<style[^>]*>.*?<\/style>/gs, '')
    .replaceAll(/\bzr\d+-/g, `${id}-`);
}

/** A directive that was issued on detection is a point on that line, and no second line over it. */
function isCovered(mark: ChartMark, marks: readonly ChartMark[]): boolean {
  return mark.kind === 'directive' && marks.some(({ kind, at_ms }) => kind === 'detected' && at_ms === mark.at_ms);
}

function lineType(kind: MarkKind): 'solid' | 'dashed' | 'dotted' {
  if (kind === 'detected') return 'solid';
  return kind === 'directive' || kind === 'closed' ? 'dotted' : 'dashed';
}

/** A value axis with round ticks around everything drawn; ECharts alone would start the stacked band at zero. */
function axisSpan(
  points: readonly SeriesPoint[],
  factor: number,
  unit: string,
): { min: number; max: number; interval: number } {
  const counts = points.map(({ n }) => n).sort((left, right) => left - right);
  const thin = THIN_SHARE * (counts[Math.floor(counts.length / 2)] ?? 0);
  const values = points
    .flatMap(({ n, observed, expected_low, expected_high }) =>
      n < thin ? [observed] : [observed, expected_low, expected_high],
    )
    .filter((value) => value !== null)
    .map((value) => value * factor);
  if (values.length === 0) return { min: 0, max: 1, interval: 0.25 };
  const least = Math.min(...values);
  const most = Math.max(...values);
  const interval = roundStep((most - least || Math.abs(most) || 1) / 4);
  const can_be_negative = unit === 'correlation' || least < 0;
  const min = Math.floor(least / interval - 0.2) * interval;
  const max = Math.ceil(most / interval + 0.2) * interval;
  return {
    min: can_be_negative ? min : Math.max(0, min),
    max: unit === 'ratio' ? Math.min(100, max) : max,
    interval,
  };
}

/** 1, 2 or 5 times a power of ten, at least `least`. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((digit) => digit * power).find((step) => step >= least * 0.999) ?? power * 10;
}

function axisText(value: number, unit: string): string {
  const text =
    Math.abs(value) >= 1_000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));
  return unit === 'ratio' ? `${text} %` : text;
}
