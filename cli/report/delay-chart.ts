import { LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { EvaluationRow } from '../../contracts/evaluation-report.js';

use([LineChart, GridComponent, LegendComponent, SVGRenderer]);

const COLORS = ['#14395c', '#b3261e', '#1b7a3d', '#b06a00', '#7b3fa0', '#0b7285', '#5c940d', '#a61e4d', '#495057'];
const LIMIT = 'D* (limit)';

/**
 * Mean delay against units between false alarms, a line for each detector and stream, as SVG: of the first scenario that has
 * such figures, beside the least delay of any rule.
 */
export function delayChartSvg(rows: readonly EvaluationRow[]): string {
  const measured = rows.filter(({ arl, delay }) => arl !== null && delay !== null);
  const scenario = measured[0]?.scenario;
  const shown = measured.filter((row) => row.scenario === scenario);
  const lines = new Map<string, [number, number][]>();
  for (const row of shown) {
    const unit =
      row.unit === 'windows' ? ` (${row.stream}, windows)` : row.stream === 'proportion' ? '' : ` (${row.stream})`;
    const name = `${row.detector}${unit}`;
    lines.set(name, [...(lines.get(name) ?? []), [row.arl!, row.delay!]]);
    const limit = `${LIMIT}${unit}`;
    lines.set(limit, [...(lines.get(limit) ?? []).filter(([at]) => at !== row.target), [row.target, row.d_star]]);
  }
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 820, height: 480 });
  chart.setOption({
    animation: false,
    color: COLORS,
    textStyle: { fontFamily: 'system-ui, sans-serif' },
    legend: { top: 8, type: 'plain' },
    grid: { left: 72, right: 32, top: 72, bottom: 56 },
    xAxis: axis('log', `units between false alarms (${scenario ?? 'nothing measured'})`),
    yAxis: { ...axis('value', 'units to detection'), nameGap: 48 },
    series: [...lines].map(([name, points]) => ({
      type: 'line' as const,
      name,
      data: points.sort(([a], [b]) => a - b),
      symbolSize: 7,
      lineStyle: { width: 1.8, type: name.startsWith(LIMIT) ? ('dashed' as const) : ('solid' as const) },
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function axis(type: 'log' | 'value', name: string) {
  return { type, name, nameLocation: 'middle' as const, nameGap: 32, splitLine: { lineStyle: { color: '#eceff2' } } };
}
