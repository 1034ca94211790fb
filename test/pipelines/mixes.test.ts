import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { streamText } from '../../cli/present/figures.js';
import type { Directive } from '../../contracts/directive.js';
import type { EpisodeReport } from '../../contracts/reports.js';
import { packageRoot } from '../../pipelines/package-root.js';
import type { Pipeline } from '../../pipelines/pipeline.js';
import { directiveLines } from '../../sinks/console.js';
import { BUSY, CALL_LENGTHS, DISPOSITIONS, mixConfig, writeMixedEvents } from './mixed-events.js';
import { fromFile, newFolder, openSmall } from './small-run.js';

/** The bin that docs/detection.md shows, and the others as it says: another name, other bounds. */
function writeSignalsOfDocs(folder: string): void {
  mkdirSync(folder);
  const docs = readFileSync(join(packageRoot(), 'docs', 'detection.md'), 'utf8');
  const shown = /^```sql\n(-- signal: call_to_1_min_share\n[^`]+)^```$/m.exec(docs)![1]!;
  for (const [name, from, to] of [
    ['call_to_30_s_share', '10000', '30000'],
    ['call_to_1_min_share', '30000', '60000'],
    ['call_to_2_min_share', '60000', '120000'],
  ] as const) {
    const bounds = `(talk_ms >= ${from} and talk_ms < ${to})`;
    const text = shown
      .replaceAll('call_to_1_min_share', name)
      .replace('(talk_ms >= 30000 and talk_ms < 60000)', bounds);
    writeFileSync(join(folder, `${name}.sql`), text);
  }
}

describe('how calls divide, over a quiet day, one of fewer calls, and one on which busy lines take the place of others', () => {
  const folder = newFolder();
  let pipeline: Pipeline;
  let episodes: readonly EpisodeReport[];
  let directives: readonly Directive[];

  const rows = async (sql: string) => (await pipeline.query(sql)).rows as unknown[][];

  beforeAll(async () => {
    const signals_dir = join(folder, 'signals');
    writeSignalsOfDocs(signals_dir);
    const events = fromFile(writeMixedEvents(folder, 7));
    pipeline = await openSmall(join(folder, 'data'), [events], { config: mixConfig({ signals_dir }) });
    await pipeline.run();
    episodes = (await pipeline.result()).episodes;
    directives = (await rows('select body from directives order by seq')).map(
      ([body]) => JSON.parse(body as string) as Directive,
    );
  }, 180_000);
  afterAll(() => pipeline.close());

  it('opens one episode that names the part, which way it moved and since when, and closes it after the return', () => {
    expect(episodes).toHaveLength(1);
    const [episode] = episodes;
    expect(episode).toMatchObject({
      signal: null,
      relationship: 'dispositions',
      part: 'busy_call_share',
      direction: 'up',
      is_harmful: true,
      label: null,
      state: 'healthy',
      unit: 'ratio',
    });
    const minutes = (at: string | null, from: string) => (Date.parse(at ?? '') - Date.parse(`${from}Z`)) / 60_000;
    expect(Math.abs(minutes(episode!.began_at, BUSY.from))).toBeLessThanOrEqual(15);
    expect(minutes(episode!.detected_at, BUSY.from)).toBeLessThan(60);
    expect(minutes(episode!.closed_at, BUSY.until)).toBeGreaterThan(0);
    expect(minutes(episode!.closed_at, BUSY.until)).toBeLessThan(60);
    expect(episode!.observed).toBeGreaterThan(1.5 * episode!.expected_high);
    expect(streamText(episode!)).toBe('dispositions: busy_call_share up');
  });

  it('answers it by the rule that names the part, and says so in words', () => {
    expect(new Set(directives.map(({ rule }) => rule))).toEqual(new Set(['ask_the_carrier']));
    expect(directives[0]!.evidence).toMatchObject({ relationship: 'dispositions', part: 'busy_call_share' });
    expect(directiveLines(directives[0]!).join('\n')).toContain(
      'busy_call_share of the mix dispositions is up in all calls',
    );
  });

  it('does not come near a warning on a quiet day, or when three of five calls are not made', async () => {
    const [[judged, thinnest, told]] = (await rows(`
      select count(*)::integer, min(n)::integer, count(*) filter (state <> 'quiet')::integer
      from verdicts
      where relationship = 'dispositions' and window_end <= timestamp '${BUSY.from}'`)) as [number[]];
    expect(judged).toBeGreaterThan(40);
    expect(thinnest).toBeLessThan(75);
    expect(told).toBe(0);
  });

  it('is seen by no signal that counts answers', async () => {
    const watched = await rows('select distinct signal from verdicts where signal is not null order by signal');
    expect(watched.flat()).toEqual(['answer_rate', 'voicemail_rate']);
  });

  it('explains a directive by the calls of every part, and the share of the one that moved, window by window', async () => {
    const { counts, observations } = await pipeline.explain(directives[0]!.id);
    expect(counts.map(({ signal }) => signal)).toEqual(DISPOSITIONS);
    expect(new Set(counts.map(({ n }) => n)).size).toBe(1);
    const told = observations.filter(({ at }) => at >= BUSY.from && at < BUSY.until);
    expect(told.length).toBeGreaterThan(2);
    for (const { observed, expected_high } of told) expect(observed).toBeGreaterThan(expected_high!);
  });

  it('teaches no part of the mix what it was like during the episode', async () => {
    const spans = await rows("select signal from excluded_spans where reason = 'episode' and segment = 'all'");
    expect(new Set(spans.flat())).toEqual(new Set([...DISPOSITIONS, 'rest']));
  });

  it('spends one unit of the budget a window, however many parts there are', async () => {
    const [[of_mixes, weeks, per_week]] = (await rows(`
      select
        (select sum(windows)::double from mix_baselines as mix where mix.version = versions.version and part = 'rest'),
        epoch(history_to - first.at) / 604800.0,
        relationship_windows_per_week
      from baseline_versions as versions
      cross join (select min(window_start) as at from observations) as first
      order by as_of
      limit 1`)) as [number[]];
    expect(of_mixes! / weeks! / per_week!).toBeCloseTo(1, 1);
  });

  it('watches a histogram of durations in the same way, with signals of the operator as the docs show them', async () => {
    const judged = await rows(
      "select count(*)::integer, bool_and(state in ('quiet', 'insufficient')) from verdicts where relationship = 'call_lengths'",
    );
    expect(judged[0]![0]).toBeGreaterThan(10);
    expect(judged[0]![1]).toBe(true);
    const parts = await rows(
      'select distinct part from mix_baselines where relationship = $$call_lengths$$ order by part',
    );
    expect(parts.flat()).toEqual([...CALL_LENGTHS, 'rest'].sort());
    const [[counted, of_calls]] = (await rows(`
      select
        (select sum(total)::integer from observations where signal = 'call_to_1_min_share' and segment = 'all' and revision = 0),
        (select count(*)::integer from finished_calls where answered_by = 'human' and talk_ms >= 30000 and talk_ms < 60000)`)) as [
      number[],
    ];
    expect(counted).toBe(of_calls);
  });
});
