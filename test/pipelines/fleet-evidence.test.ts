import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { attributionLines } from '../../cli/present/attribution.js';
import { explanationLines } from '../../cli/present/explanation.js';
import { colorsOf } from '../../cli/present/text.js';
import type { Attribution } from '../../contracts/attribution.js';
import { type Config, configSchema, settingsOf } from '../../contracts/config.js';
import type { Explanation } from '../../contracts/reports.js';
import type { ReviewReport } from '../../contracts/review-report.js';
import { segmentKey } from '../../contracts/signal.js';
import { attributionOf } from '../../pipelines/inspection/attribution.js';
import { storedEpisodes } from '../../pipelines/inspection/episode-rows.js';
import { loadScenario, scenarioLabels, simulate } from '../../sources/simulate.js';
import { fromFile, newFolder, openSmall, SMALL_CONFIG_TEXT, scenarioFile, simulated } from './small-run.js';

const SEED = 7;
/** A Monday: the hour of the week is the hour of the day. */
const DAY = '2025-09-15';

/** Answers alone, in the fleet, by campaign, and by the pools of each; only a fall of a campaign is answered. */
function config(): Config {
  return configSchema.parse({
    ...parse(SMALL_CONFIG_TEXT),
    observe: { groupings: [[], ['campaign'], ['campaign', 'number_pool']] },
    detect: { signals: ['answer_rate'] },
    relationships: [],
    policy: {
      rules: [
        {
          name: 'campaign',
          when: { signal: 'answer_rate', direction: 'down', segment: { campaign: '*' } },
          directive: { action: 'throttle', value: 1, unit: 'calls_per_minute', lease: '2h' },
        },
      ],
    },
  });
}

describe('a campaign that answers less because of one pool', () => {
  const folder = newFolder();
  let explanation: Explanation;
  /** Of the campaign's calls in the span that was counted, by pool, from the calls themselves. */
  let counted: unknown[][];

  let review: ReviewReport;
  let sufficient: unknown[][];
  let refused: unknown;

  /** As if pools were watched in the whole fleet alone. */
  let from_calls: Attribution;

  beforeAll(async () => {
    const pipeline = await openSmall(join(folder, 'data'), [simulated(folder, SEED)], { config: config() });
    try {
      await pipeline.run();
      const { directives } = await pipeline.result();
      explanation = await pipeline.explain(directives[0]!.id);
      const { from_at, to_at } = explanation.attribution;
      const { rows } = await pipeline.query(`
        select number_pool, count(*)::integer, count(answered_at)::integer
        from calls
        where campaign = '${explanation.episode.segment.campaign}'
          and not is_timed_out and disposition not in ('failed_platform', 'canceled', 'invalid_number')
          and ended_at >= '${from_at}'::timestamptz at time zone 'UTC' and ended_at < '${to_at}'::timestamptz at time zone 'UTC'
        group by number_pool order by number_pool`);
      counted = rows;
      const { episode } = (await storedEpisodes(pipeline.store)).find(
        ({ episode: { id } }) => id === explanation.episode.id,
      )!;
      const watched = config();
      watched.observe.groupings = [[], ['campaign'], ['number_pool']];
      from_calls = await attributionOf(pipeline.store, settingsOf(watched), episode, {
        from_us: Date.parse(from_at) * 1000,
        to_us: Date.parse(to_at) * 1000,
        known_us: Date.parse(to_at) * 1000,
        counts_calls: true,
      });
      review = await pipeline.review({ during: DAY, false_share: 0.1 });
      refused = await pipeline.review({ during: '2025-09-08', false_share: 0.1 }).catch((error: unknown) => error);
      // Streams with an hour of the day whose level is known well enough, and their units in such hours.
      sufficient = (
        await pipeline.query(`
          select segment, sum(n)::integer
          from observations
          inner join baselines using (signal, segment)
          where signal = 'answer_rate' and revision = 0 and is_sufficient and n > 0
            and (window_start at time zone 'UTC' at time zone 'America/Chicago')::date = '${DAY}'
            and hour_of_week = hour(window_start at time zone 'UTC' at time zone 'America/Chicago')
            and version = '${review.baseline_version}'
          group by segment order by segment`)
      ).rows;
    } finally {
      await pipeline.close();
    }
  }, 120_000);

  it('is the pool whose answers were planted to collapse, and no other', () => {
    const [label] = scenarioLabels(loadScenario(scenarioFile(folder)), SEED);
    const planted = label!.segment.number_pool;
    const { best, groupings, unavailable } = explanation.attribution;
    expect(unavailable).toBeNull();
    expect(best).toEqual(['campaign', 'number_pool']);
    const { subset, rest, common } = groupings[0]!;
    expect(subset.members.map(({ number_pool }) => number_pool)).toEqual([planted]);
    expect(subset.explained_share).toBeGreaterThan(0.8);
    expect(common.is_common).toBe(false);
    expect(rest?.is_as_expected).toBe(true);
  });

  it('rests on counts that the calls themselves give', () => {
    const { leaves, units, segment_units, unjudged_units } = explanation.attribution.groupings[0]!;
    const told = leaves.map(({ segment, n, observed }) => [segment.number_pool, n, Math.round(observed! * n)]);
    expect(told.sort()).toEqual(counted);
    expect(units).toBe(segment_units);
    expect(unjudged_units).toBe(0);
  });

  it('is found from the calls too, where the pools of a campaign are not watched', () => {
    const [watched, counted_from_calls] = [explanation.attribution.groupings[0]!, from_calls.groupings[0]!];
    expect([watched.counted_by, counted_from_calls.counted_by]).toEqual(['segments', 'calls']);
    expect(from_calls.best).toEqual(['campaign', 'number_pool']);
    expect(counted_from_calls.subset.members).toEqual(watched.subset.members);
    expect(counted_from_calls.rest?.is_as_expected).toBe(true);
    for (const [at, { segment, n, observed, expected, share_before }] of counted_from_calls.leaves.entries()) {
      const leaf = watched.leaves[at]!;
      expect([segment, n, observed]).toEqual([leaf.segment, leaf.n, leaf.observed]);
      // Two ways to what a pool of a small fleet would have had, each off by a few per cent.
      expect(Math.abs(expected! - leaf.expected!)).toBeLessThan(0.05);
      expect(Math.abs(share_before! - leaf.share_before!)).toBeLessThan(0.02);
    }
  });

  it('leaves nothing over: excesses, shares and the split each sum to their whole', () => {
    const { leaves, excess, split } = explanation.attribution.groupings[0]!;
    const sum = (of: (leaf: (typeof leaves)[number]) => number | null) =>
      leaves.reduce((total, leaf) => total + of(leaf)!, 0);
    expect(sum((leaf) => leaf.excess)).toBeCloseTo(excess, 9);
    expect(sum((leaf) => leaf.excess_share)).toBeCloseTo(1, 9);
    expect(sum((leaf) => leaf.share_before)).toBeCloseTo(1, 9);
    expect(split!.rate_effect + split!.mix_effect).toBeCloseTo(split!.after - split!.before, 9);
    expect(split!.after).toBeCloseTo(sum((leaf) => leaf.observed! * leaf.n) / sum(({ n }) => n), 9);
    expect(split!.rate_effect / split!.change).toBeGreaterThan(0.9);
  });

  it('is written down as known at the detection, beside the episode', () => {
    const { attribution_at_detection: recorded, attribution, episode } = explanation;
    expect(recorded!.from_at).toBe(attribution.from_at);
    expect(recorded!.to_at).toBe(episode.detected_at);
    const [then, now] = [recorded!.groupings[0]!, attribution.groupings[0]!];
    expect(then.subset.members).toEqual(now.subset.members);
    expect(then.units).toBeLessThan(now.units);
  });

  it('is said in plain words', () => {
    const options = { colors: colorsOf(false), width: 400, time_zone: 'America/Chicago' };
    const text = attributionLines(explanation, options).join('\n');
    expect(text).toMatch(/the change is 9\d % rate, \d % mix of number_pool \(from 4.* % to 2.* %\)/);
    expect(text).toMatch(/number_pool south_b explains 8\d % of the excess, 1 of 2/);
    expect(text).toMatch(/the rest {2}is as expected: .* % of 3\d\d, expected/);
  });

  it('stands out in the review of its day, among all streams that could be judged, with the episode it had', () => {
    expect(review.streams).toBe(sufficient.length);
    const told = review.told.map(({ segment }) => segmentKey(segment));
    expect(told).toContain('campaign=home_solar');
    const campaign = review.told.find(({ segment }) => segmentKey(segment) === 'campaign=home_solar')!;
    expect(campaign).toMatchObject({ direction: 'down', is_harmful: true, episodes: [explanation.episode.id] });
    for (const { segment, n } of review.told) expect(sufficient).toContainEqual([segmentKey(segment), n]);
    const needed = Math.log(review.streams / (0.1 * review.told_count));
    expect(review.log_threshold).toBeCloseTo(needed, 9);
    expect(campaign.log_evidence).toBeGreaterThanOrEqual(needed);
  });

  it('is not reviewed against a baseline that holds the day itself', () => {
    expect(refused).toMatchObject({ code: 'COMMAND_ARGUMENT_INVALID' });
  });
});

/** Two pools of a campaign, one of which answers far more; nothing is planted. */
const POOLS = `
extends: demo
name: two_pools
summary: Two pools of one campaign, one of which answers far more
calendar:
  start_date: '2025-09-08'
  history_days: 7
  live_days: 1
  time_zone: America/Chicago
  calling_from: '09:00'
  calling_until: '15:00'
calls_per_day: 2400
campaigns:
  - name: home_solar
    share: 1
    agents: 14
    pools:
      - { name: high, region: south, provider: one, share: 0.5, caller_ids: 4, answer_shift: 1, voicemail_shift: 0 }
      - { name: low, region: south, provider: two, share: 0.5, caller_ids: 4, answer_shift: -1, voicemail_shift: 0 }
coupling: { campaign: home_solar, correlation: 0, answer_amplitude: 0, voicemail_amplitude: 0, block_minutes: 5 }
drifts: []
`;

/** The calls of that fleet; from the morning of the last day on, four in five of the pool that answers more are left out. */
function thinnedCalls(folder: string): string {
  const file = join(folder, 'pools.yaml');
  writeFileSync(file, POOLS);
  const events: string[] = [];
  for (const { bytes } of simulate(loadScenario(file), 3)) events.push(...Buffer.from(bytes).toString().split('\n'));
  const left_out = new Set<string>();
  let high = 0;
  const kept = events.filter((line) => {
    if (!line.includes('"type":"call.')) return false;
    const { type, time, data } = JSON.parse(line) as { type: string; time: string; data: Record<string, string> };
    const is_thinned = type === 'call.initiated' && time >= '2025-09-15T15:00' && data.number_pool === 'high';
    if (is_thinned && high++ % 5 !== 0) left_out.add(data.call_id!);
    return !left_out.has(data.call_id!);
  });
  const path = join(folder, 'calls.ndjson');
  writeFileSync(path, `${kept.join('\n')}\n`);
  return path;
}

const OPTIONS = { colors: colorsOf(false), width: 400, time_zone: 'America/Chicago' };

function textOf(explanation: Explanation): string {
  return attributionLines(explanation, OPTIONS).join('\n');
}

describe('a fleet that answers less because the pool that answers more dials less', () => {
  let explanation: Explanation;
  let attribution: Attribution;
  /** By where the fleet's level is from: episodes, directives, and what was observed and expected of the fleet from then on. */
  let held: Record<'own' | 'leaves', { episodes: unknown[][]; directives: number; fleet: unknown[] }>;

  beforeAll(async () => {
    const folder = newFolder();
    const calls = thinnedCalls(folder);
    const run = async (parents: 'own' | 'leaves') => {
      const settings = config();
      settings.observe.groupings = [[], ['number_pool']];
      settings.detect.parents = parents;
      settings.policy.rules[0]!.when.segment = {};
      const pipeline = await openSmall(join(folder, parents), [fromFile(calls)], { config: settings });
      try {
        await pipeline.run();
        const { directives } = await pipeline.result();
        const { rows: episodes } = await pipeline.query('select segment, direction, leaves from episodes');
        const { rows: fleet } = await pipeline.query(`
          select sum(n * observed) / sum(n), sum(n * expected) / sum(n), any_value(leaves), min(leaf_share)
          from verdicts
          where segment = 'all' and window_start >= timestamp '2025-09-15 15:00'`);
        if (parents === 'own') {
          explanation = await pipeline.explain(directives[0]!.id);
          attribution = explanation.attribution;
        }
        return { episodes, directives: directives.length, fleet: fleet[0]! };
      } finally {
        await pipeline.close();
      }
    };
    held = { own: await run('own'), leaves: await run('leaves') };
  }, 120_000);

  it('drifts against its own level, and not against what its pools lead to expect', () => {
    expect(held.own.episodes).toEqual([['all', 'down', null]]);
    expect(held.own.directives).toBeGreaterThan(0);
    expect(held.leaves).toMatchObject({ episodes: [], directives: 0 });
    const gap = ([observed, expected]: unknown[]) => (observed as number) - (expected as number);
    expect(gap(held.own.fleet)).toBeLessThan(-0.1);
    expect(Math.abs(gap(held.leaves.fleet))).toBeLessThan(0.02);
    expect(held.leaves.fleet.slice(2)).toEqual(['number_pool', 1]);
  });

  it('is told as a change of the mix, with no pool to blame', () => {
    const { split, common } = attribution.groupings[0]!;
    expect(split!.change).toBeLessThan(-0.1);
    expect(split!.mix_effect / split!.change).toBeGreaterThan(0.85);
    expect(common.is_common).toBe(true);
    expect(attribution.best).toBeNull();
    expect(common.is_shifted).toBe(false);
    const text = textOf(explanation);
    expect(text).toMatch(/the change is \d % rate, 9\d % mix of number_pool/);
    expect(text).toMatch(/no part of it: every number_pool lies where it is expected; what has changed is how much/);
  });

  it('is told in points of each where rate and mix go against each other', () => {
    const [whole] = attribution.groupings;
    const split = { ...whole!.split!, rate_effect: 0.02, mix_effect: whole!.split!.change - 0.02 };
    const groupings = [{ ...whole!, split }];
    expect(textOf({ ...explanation, attribution: { ...attribution, groupings } })).toMatch(
      /rates by themselves would have moved it by \+2\.0 points, the mix of number_pool by -1\d\.\d points/,
    );
  });

  it('is explained with the parts whose levels were expected, where there are any', () => {
    const linesOf = (leaves: string | null) =>
      explanationLines({ ...explanation, episode: { ...explanation.episode, leaves } }, OPTIONS).join('\n');
    expect(linesOf('campaign,number_pool; number_pool')).toContain(
      'expected of the calls of each campaign and number_pool, or of each number_pool, by the level of that one',
    );
    expect(linesOf(null)).not.toContain('expected of the calls of each');
  });

  it('shows which pool has the smaller share', () => {
    const high = attribution.groupings[0]!.leaves.find(({ segment }) => segment.number_pool === 'high')!;
    expect(high.share_before).toBeCloseTo(0.5, 1);
    expect(high.share_after).toBeLessThan(0.25);
  });
});
