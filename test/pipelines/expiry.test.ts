import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { explanationLines } from '../../cli/present/explanation.js';
import { colorsOf } from '../../cli/present/text.js';
import { systemClock } from '../../contracts/clock.js';
import type { Config } from '../../contracts/config.js';
import { type Explanation, explanationSchema, type ReplayResult, type StatusReport } from '../../contracts/reports.js';
import type { PipelineInput } from '../../pipelines/pipeline.js';
import { vitalsOf } from '../../pipelines/vitals.js';
import { copyPrepared } from './prepared-run.js';
import { fromFile, newFolder, openSmall, smallConfig } from './small-run.js';

const DAY_MS = 86_400_000;
/** The day of the drifts, 09:00 where the fleet lives. */
const LAST_DAY_MS = Date.parse('2025-09-15T14:00:00Z');

function keeping(rows_keep: string, land: Partial<Config['land']> = {}): Config {
  const config = smallConfig(land);
  return {
    ...config,
    observe: { ...config.observe, rows_keep },
    baseline: { ...config.baseline, history: '7d', guard: '12h', history_min: '6d' },
  };
}

function fromLines(folder: string, name: string, lines: readonly string[]): PipelineInput {
  const path = join(folder, `${name}.ndjson`);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return fromFile(path);
}

/** One call without an answer, days after the last one of the fleet: refreshes that were due meanwhile come with it. */
function callAfter(folder: string, days: number): PipelineInput {
  const line = (type: string, after_ms: number, data: object) =>
    JSON.stringify({
      specversion: '1.0',
      id: `${type}-${days}`,
      source: 'later',
      type,
      time: new Date(LAST_DAY_MS + days * DAY_MS + after_ms).toISOString(),
      data: { call_id: `later-${days}`, campaign: 'spring_renewal', ...data },
    });
  return fromLines(folder, `after-${days}`, [
    line('call.initiated', 0, { callee: '+12025550123', direction: 'outbound' }),
    line('call.ended', 30_000, { disposition: 'no_answer', hangup_by: 'system' }),
  ]);
}

interface Outcome {
  readonly result: ReplayResult;
  /** How many rows the relations have. */
  readonly rows: Readonly<Record<(typeof COUNTED)[number], number>>;
  readonly status: StatusReport;
  readonly vitals: unknown;
  readonly kept: Readonly<Record<string, unknown[]>>;
  /** The newest baselines. */
  readonly learnt: unknown[];
  readonly contacts: number;
  /** Of the first directives. */
  readonly explained: readonly Explanation[];
  readonly excluded: unknown[][];
  /** Rows of what grows with the refreshes: levels, versions, spans of pieces, counts of what went. */
  readonly grown: Readonly<Record<'levels' | 'of_decisions' | 'versions' | 'spans' | 'counts', number>>;
}

/** What both stores have to have alike: everything from a time on. */
const KEPT = {
  calls: 'ended_at',
  attempts: 'happened_at',
  outcomes: 'happened_at',
  observations: 'window_start',
  verdicts: 'closed_at',
} as const;

const COUNTED = [
  'calls',
  'turns',
  'attempts',
  'observations',
  'outcomes',
  'verdicts',
  'rejected_facts',
  'baselines',
  'baseline_pieces',
  'relationship_pieces',
] as const;

async function run(data_dir: string, config: Config, inputs: readonly PipelineInput[], from: string): Promise<Outcome> {
  const pipeline = await openSmall(data_dir, inputs, { config });
  try {
    await pipeline.run();
    const kept: Record<string, unknown[]> = {};
    for (const [relation, at] of Object.entries(KEPT)) {
      const { rows } = await pipeline.query(`
        select count(*)::integer, sum(hash(kept)::hugeint)::varchar, min(${at})::varchar
        from ${relation} as kept where ${at} >= '${from}'`);
      kept[relation] = rows[0]!;
    }
    const { rows: turns } = await pipeline.query(`
      select count(*)::integer, sum(hash(turns)::hugeint)::varchar
      from turns where call_key in (select call_key from finished_calls where ended_at >= '${from}')`);
    kept.turns = turns[0]!;
    const { rows: learnt } = await pipeline.query(`
      select version, count(*)::integer, sum(hash(baselines)::hugeint)::varchar
      from baselines where version = (select max(version) from baseline_versions) group by version`);
    const counted = await pipeline.query(
      `select ${COUNTED.map((relation) => `(select count(*) from ${relation})::integer`).join(', ')}`,
    );
    const result = await pipeline.result();
    const explained: Explanation[] = [];
    for (const { id } of result.directives.slice(0, 3))
      explained.push(explanationSchema.parse(await pipeline.explain(id)));
    const [grown] = (
      await pipeline.query(`
        select
          (select count(distinct version) from (
            select version from baselines union all select version from mix_baselines
            union all select version from relationship_baselines))::integer,
          (select count(*) from baselines where version in (
            select baseline_version from episodes where detected_at < '2025-09-16'))::integer,
          (select count(*) from baseline_versions)::integer,
          (select count(*) from piece_days)::integer,
          (select count(*) from expired_counts)::integer`)
    ).rows as [number[]];
    const [levels, of_decisions, versions, spans, counts] = grown as [number, number, number, number, number];
    return {
      result,
      explained,
      excluded: (await pipeline.query('from excluded_spans order by all')).rows,
      grown: { levels, of_decisions, versions, spans, counts },
      rows: Object.fromEntries(COUNTED.map((relation, at) => [relation, counted.rows[0]![at]])) as Outcome['rows'],
      status: await pipeline.status(),
      vitals: (await vitalsOf(pipeline, systemClock.nowUs())).counts,
      kept,
      learnt: learnt[0]!,
      contacts: (await pipeline.query('select count(*)::integer from contacts')).rows[0]![0] as number,
    };
  } finally {
    await pipeline.close();
  }
}

describe('rows that are older than they are kept', () => {
  const folder = newFolder();
  const from = '2025-09-08T20:00:00.000Z';
  const [short_dir, long_dir] = [join(folder, 'short'), join(folder, 'long')];
  const [short_config, long_config] = [keeping('180h'), keeping('400d')];
  let short: Outcome;
  let long: Outcome;

  beforeAll(async () => {
    for (const data_dir of [long_dir, short_dir]) await copyPrepared('finished', data_dir);
    const next_day = [fromLines(folder, 'bad', ['not an event']), callAfter(folder, 1)];
    long = await run(long_dir, long_config, next_day, from);
    short = await run(short_dir, short_config, next_day, from);
  }, 180_000);

  it('leave the store with a refresh, and nothing that is younger does', () => {
    expect(long.status.rows_from).toBeNull();
    expect(short.status.rows_from).toBe(from);
    expect(short.kept).toEqual(long.kept);
    for (const relation of ['calls', 'turns', 'attempts', 'observations', 'outcomes'] as const)
      expect(short.rows[relation], relation).toBeLessThan(long.rows[relation]);
  });

  it('are counted for ever, and missed by no baseline; what was decided on them stays', async () => {
    const later = [callAfter(folder, 11)];
    long = await run(long_dir, long_config, later, from);
    short = await run(short_dir, short_config, later, from);
    for (const relation of [
      'verdicts',
      'rejected_facts',
      'baselines',
      'baseline_pieces',
      'relationship_pieces',
    ] as const)
      expect(short.rows[relation], relation).toBeLessThan(long.rows[relation]);
    expect(long.contacts).toBeGreaterThan(1_000);
    expect(short.contacts).toBe(1);
    expect(short.learnt).toEqual(long.learnt);
    expect(short.vitals).toEqual(long.vitals);
    expect(short.status.rejected_by_reason).toEqual({ json_syntax: 1 });
    expect(short.result.episodes).toEqual(long.result.episodes);
    expect(short.result.directives).toEqual(long.result.directives);
    expect(short.excluded).toEqual(long.excluded);
    expect(long.excluded.map(([signal]) => signal)).toContain('rest');
  }, 180_000);

  it('leave nothing behind that grows with the refreshes: no level of what an episode was held against', () => {
    // A version a day, for as long as rows are kept, the one that was in force before, and that of the last day with
    // calls: what closed on days without a call came with the next call, and was held against it.
    const days = Math.ceil(180 / 24) + 2;
    expect(long.grown.of_decisions).toBeGreaterThan(1_000);
    expect(short.grown.of_decisions).toBe(0);
    expect(short.grown.levels).toBe(short.grown.versions);
    expect(short.grown.versions).toBeLessThanOrEqual(days);
    expect(short.grown.spans).toBeLessThanOrEqual(days);
    expect(Math.min(long.grown.versions, long.grown.spans)).toBeGreaterThan(days);
    // States of verdicts, and the reason of the one line.
    expect(short.grown.counts).toBeLessThanOrEqual(5);
  });

  it('are missed by no explanation: what a decision rested on is told as before, and what has gone is said', () => {
    expect(short.explained.length).toBeGreaterThan(1);
    for (const [at, { rows_from, attribution, observations, ...told }] of short.explained.entries()) {
      const { rows_from: none, attribution: now, observations: drawn, ...before } = long.explained[at]!;
      expect(told).toEqual(before);
      expect([rows_from, none]).toEqual([short.status.rows_from, null]);
      expect(attribution.unavailable).toContain('have left the store');
      expect(observations).toEqual(drawn.filter(({ is_recorded }) => is_recorded));
      expect(drawn.length).toBeGreaterThan(observations.length);
      expect(observations.length).toBeGreaterThan(1);
      expect(told.positions.frames.length).toBeGreaterThan(0);
      const options = { colors: colorsOf(false), width: 100, time_zone: 'UTC' };
      const textOf = (explanation: Explanation) => explanationLines(explanation, options);
      const said = textOf(short.explained[at]!);
      const [gone] = said.filter((line) => line.includes('have left the store'));
      expect(gone).toContain('rows of before 2025-09-18 20:00');
      const observed = (lines: readonly string[]) =>
        lines.slice(
          lines.findIndex((line) => line.startsWith('  from ')),
          lines.indexOf('What explains it'),
        );
      const where = (lines: readonly string[]) => lines.slice(lines.indexOf('Where it shows'));
      expect(observed(said).length).toBeGreaterThan(3);
      expect(observed(said)).toEqual(observed(textOf(long.explained[at]!)));
      expect(where(said)).toEqual(where(textOf(long.explained[at]!)));
    }
  });

  it('are asked for in vain, which is said', async () => {
    const pipeline = await openSmall(short_dir, [], { config: short_config });
    try {
      const days = { segment: 'all', period: '2025-09-14..2025-09-15' };
      const asked = pipeline.compare({ signal: 'answer_rate', first: days, second: { ...days, period: '2025-09-21' } });
      await expect(asked).rejects.toThrow('"2025-09-14..2025-09-15" begins before the rows of this store');
      const [directive] = short.result.directives;
      const drawn = await pipeline.seriesFor(directive!.episode_id);
      expect(drawn.map(({ observed }) => observed)).toEqual(
        short.explained[0]!.observations.map(({ observed }) => observed),
      );
    } finally {
      await pipeline.close();
    }
  }, 180_000);
});

describe('what is made of rows that stay', () => {
  const DAY = '2025-09-16';
  let count = 0;
  const line = (type: string, time: string, data: object) =>
    JSON.stringify({ specversion: '1.0', id: `rest-${count++}`, source: 'rest', type, time, data });
  const call = (call_id: string, times: readonly string[], answered_by = 'human') => [
    line('call.initiated', times[0]!, { call_id, direction: 'outbound' }),
    ...(answered_by === '' ? [] : [line('call.amd', times[0]!, { call_id, answered_by })]),
    line('call.ended', times[1]!, { call_id, disposition: 'completed' }),
  ];
  const hours = (from: string, days: number) =>
    Array.from({ length: days * 24 }, (_, hour) => {
      const at_ms = Date.parse(`${from}T00:10:00Z`) + hour * 3_600_000;
      return call(
        `${from}-${hour}`,
        [at_ms, at_ms + 9_000].map((ms) => new Date(ms).toISOString()),
      );
    }).flat();
  /** Two days, nearly a fortnight without a call, and days again; what is kept of `DAY` begins with it, 75 hours later. */
  const lines = [
    ...hours('2025-09-01', 2),
    ...hours('2025-09-15', 1),
    line('call.initiated', '2025-09-15T23:59:40Z', { call_id: 'across', direction: 'outbound' }),
    line('call.amd', '2025-09-15T23:59:45Z', { call_id: 'across', answered_by: 'human' }),
    line('outcome.recorded', '2025-09-15T23:59:50Z', { call_id: 'across', outcome: 'booked' }),
    line('call.ended', `${DAY}T00:00:10Z`, { call_id: 'across', disposition: 'completed' }),
    ...call('filled-in', [`${DAY}T00:00:01Z`, `${DAY}T00:00:20Z`], ''),
    ...hours(DAY, 4),
    line('call.amd', `${DAY}T00:00:02Z`, { call_id: 'filled-in', answered_by: 'human' }),
    ...hours('2025-09-20', 1).slice(0, 6),
  ];

  it('is the same: baselines after a long pause, and the oldest window when it is counted again', async () => {
    const folder = newFolder();
    const made: unknown[] = [];
    for (const rows_keep of ['75h', '400d']) {
      const config = keeping(rows_keep);
      const pipeline = await openSmall(join(folder, rows_keep), [fromLines(folder, 'rest', lines)], {
        config: {
          ...config,
          time_zone: 'UTC',
          observe: { ...config.observe, groupings: [[]], call_open_max: '1h' },
          baseline: { ...config.baseline, history: '2d', guard: '1h', history_min: '1d', schedule: '0 3 2,14-19 * *' },
          relationships: [],
        },
      });
      try {
        await pipeline.run();
        const { rows: versions } = await pipeline.query(
          `select version, days, log_threshold from baseline_versions where as_of >= '2025-09-15' order by 1`,
        );
        // A version that has gone from the baselines is told by the journal.
        const { rows: refreshes } = await pipeline.query(
          `select subject, body from journal where kind = 'baseline_refreshed' order by ordinal`,
        );
        const { rows: windows } = await pipeline.query(`
          select revision::integer, n::integer, total::integer from observations
          where signal = 'conversion_rate' and segment = 'all' and window_start = '${DAY}' order by revision`);
        expect((await pipeline.status()).rows_from).toBe(rows_keep === '75h' ? `${DAY}T00:00:00.000Z` : null);
        made.push({ versions, refreshes, windows });
      } finally {
        await pipeline.close();
      }
    }
    expect(made[0]).toEqual(made[1]);
    expect(made[0]).toMatchObject({
      windows: [
        [0, 1, 1],
        [1, 2, 1],
      ],
    });
  });
});
