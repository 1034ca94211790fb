import { describe, expect, it } from 'vitest';
import { episodeChartSvg } from '../../cli/report/episode-chart.js';
import { escapeHtml, html } from '../../cli/report/html.js';
import { type ReportInput, reportPage } from '../../cli/report/page.js';
import { worthPictures } from '../../serving/pipeline-instance.js';
import { answers, demo, hostile, inverted, points, review, throttle } from './sample-result.js';

const input: ReportInput = {
  title: 'Demo <1>',
  summary: 'A day.',
  time_zone: 'America/Chicago',
  ...demo,
  series: { [answers.id]: points(0.5), [inverted.id]: points(-0.6), [hostile.id]: [] },
  rows_from: null,
  false_directives: { labelled_day: 0, quiet_day: 0, quiet_date: '2025-10-06' },
};

describe('the HTML report', () => {
  const page = reportPage(input);

  it('needs no script and nothing from elsewhere', () => {
    expect(page).not.toMatch(/<script/i);
    expect(page).not.toMatch(/<(?:link|img|iframe)/i);
    expect(page).not.toMatch(/(?:src|href)="(?!#)/);
    expect(page.replaceAll(/xmlns(?::\w+)?="http:\/\/www\.w3\.org\/[^"]+"/g, '')).not.toMatch(/https?:/);
    expect(page).toContain("default-src 'none'");
  });

  it('escapes what a sender put into a dimension', () => {
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;\\u{202e}\\u{001b}[2J');
    expect(page).toContain('<title>Demo &lt;1&gt;</title>');
  });

  it('has a picture of every episode that has points, and a row for every one', () => {
    expect(page.match(/<svg/g)).toHaveLength(2);
    for (const { id } of demo.episodes) expect(page).toContain(`href="#e-${id}"`);
    for (const { id } of [throttle, review]) expect(page).toContain(id);
    expect(page).toContain('>once</td>');
    expect(page).toContain('No points.');
  });

  it('says which rows have left the store, and gives the room to drift whose rows are there', () => {
    const episodes = demo.episodes.map((episode) =>
      episode.id === answers.id ? { ...episode, began_at: '2025-01-07T16:33:00Z' } : episode,
    );
    const rows_from = '2025-06-01T00:00:00.000Z';
    const left = reportPage({ ...input, episodes, rows_from, series: {} });
    expect(left).toContain('Rows of before 2025-05-31 19:00 have left the store');
    expect(left.match(/Its rows have left the store\./g)).toHaveLength(1);
    expect(page).not.toContain('have left the store');
    const first = (from: string | null) => worthPictures({ ...demo, episodes, rows_from: from }, 1)[0]!.id;
    expect(first(null)).toBe(answers.id);
    expect(first(rows_from)).not.toBe(answers.id);
  });

  it('is the same for the same result', () => {
    expect(reportPage(input)).toBe(page);
  });

  it('says so where there is nothing', () => {
    const empty = reportPage({ ...input, episodes: [], directives: [], series: {} });
    expect(empty.match(/<p>None\.<\/p>/g)).toHaveLength(2);
    expect(empty).not.toContain('<svg');
  });
});

describe('the picture of an episode', () => {
  it('has hours of the time zone below, and the unit at the side', () => {
    const svg = episodeChartSvg({
      id: 'c',
      points: points(0.5),
      unit: 'ratio',
      marks: [],
      time_zone: 'America/Chicago',
      width: 600,
      height: 210,
    });
    expect(svg).toContain('>09:00<');
    expect(svg).toContain('>20:00<');
    expect(svg).toContain('>50 %<');
    expect(svg).toContain('viewBox="0 0 600 210"');
  });

  it('is drawn from a single point, and from none that was observed', () => {
    const [first] = points(0.5);
    const silent = { ...first, observed: null, expected: null, expected_low: null, expected_high: null };
    for (const point of [first, silent]) {
      const svg = episodeChartSvg({
        id: 'c',
        points: [point],
        unit: 'ms',
        marks: [],
        time_zone: 'UTC',
        width: 600,
        height: 210,
      });
      expect(svg).not.toContain('NaN');
    }
  });
});

describe('the HTML template', () => {
  it('escapes texts and keeps HTML', () => {
    expect(html`<b title="${'"x"'}">${"<'&>"}${html`<i>${1}</i>`}${[html`a`, html`b`]}${null}</b>`.text).toBe(
      '<b title="&quot;x&quot;">&lt;&#39;&amp;&gt;<i>1</i>ab</b>',
    );
  });

  it('shows control characters as their escapes', () => {
    expect(escapeHtml('a\u0000\u202e')).toBe('a\\u{0000}\\u{202e}');
  });
});
