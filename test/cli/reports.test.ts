import { describe, expect, it } from 'vitest';
import { explanationLines } from '../../cli/present/explanation.js';
import { colorsOf } from '../../cli/present/text.js';
import type { Directive } from '../../contracts/directive.js';
import type { Episode } from '../../contracts/episode.js';
import { directiveReport, episodeReport } from '../../contracts/episode-report.js';
import { DOCUMENTS, type DocumentName } from '../../contracts/reports.js';
import { simulatedTasks } from '../../pipelines/evaluate/evaluation-tasks.js';
import { measureCase } from '../../pipelines/evaluate/measure-case.js';
import { answers, demo, review, throttle } from './sample-result.js';

const {
  seed: _,
  labels: _labels,
  false_directives: _false,
  quiet_day: _day,
  earlier_false_directives: _earlier,
  report: _report,
  ...replay
} = demo;
const digest = { relations: [{ relation: 'calls', rows: 3, digest: 'ab12' }], digest: 'cd34' };
const evidence = {
  signal: 'answer_rate',
  relationship: null,
  segment: { number_pool: 'west_a' },
  direction: 'down',
  label: null,
  part: null,
  severity: 'critical',
  expected: 0.5,
  expected_low: 0.46,
  expected_high: 0.54,
  observed: 0.3,
  units: 120,
  log_evidence: 17,
  log_threshold: 14.9,
  began_at: '2025-10-07T16:33:00Z',
  detected_at: '2025-10-07T16:52:00Z',
  baseline_version: 'b1',
  detector: 'mixture-e-sr',
} as const;
const directive: Directive = { ...throttle, evidence };

const side = {
  segment: { number_pool: 'west_a' },
  from_at: '2025-10-07T05:00:00Z',
  to_at: '2025-10-08T05:00:00Z',
  n: 120,
  level: 31.5,
  level_low: 29,
  level_high: 34,
  quartiles: [12, 28, 44],
};

/** One of each document. */
const EXAMPLES: Record<DocumentName, unknown> = {
  baseline: { seconds: 1.5, baseline_version: 'b1', baselines: 13_104 },
  compare: {
    signal: 'average_call_duration',
    kind: 'mean',
    unit: 's',
    per: 'entity',
    first: side,
    second: { ...side, n: 0, level: null, level_low: null, level_high: null, quartiles: null, from_at: null },
    difference: null,
    difference_low: null,
    difference_high: null,
    comparisons: [
      {
        comparison: 'wasserstein',
        statistic: 12.5,
        p_value: 0.001,
        effect: null,
        effect_unit: 'interquartile ranges',
        sizes: { first: 120, second: 0 },
        is_usable: false,
        reason: 'a side has fewer than 20 values',
      },
    ],
  },
  demo,
  digest,
  evaluate: {
    seconds: 3.5,
    null_runs: 200,
    delay_runs: 500,
    seed: 1,
    rows: [
      measureCase(
        simulatedTasks(
          { detectors: ['never'], scenarios: ['abrupt'], targets: { calls: [1_000], windows: [] } },
          {
            is_calibrated: false,
            null_runs: 2,
            delay_runs: 2,
            episodes: 1,
            recovery_calls: 1_000,
            units_per_week: 100_000,
            seed: 1,
          },
        )[0]!,
      ),
    ],
    picture: null,
    series: null,
  },
  explain: {
    directive,
    rule: {
      name: 'throttle_unanswered_pool',
      when: { signal: 'answer_rate', harmful_only: true, severity_min: 'minor', persists: '0s' },
      directive: { action: 'throttle', value: 1, unit: 'calls_per_minute', lease: '2h', mode: 'advise' },
    },
    episode: answers,
    baseline: {
      version: 'b1',
      segment: 'number_pool=west_a',
      level: 0.5,
      level_low: 0.48,
      level_high: 0.52,
      dispersion: 1.1,
      n_effective: 3_000,
      history_from: '2025-09-08T08:00:00Z',
      history_to: null,
    },
    rows_from: null,
    counts: [
      { signal: 'answer_rate', windows: 20, n: 120, total: 36, exposure_ms: 0, total_squares: 0, sql: 'select 1;' },
    ],
    contributing_segments: [{ segment: { number_pool: 'west_a' }, n: 120, observed: 0.3, expected: 0.5, excess: -24 }],
    attribution: {
      from_at: '2025-10-07T16:33:00Z',
      to_at: '2025-10-07T18:02:00Z',
      unavailable: null,
      groupings: [
        {
          dimensions: ['campaign', 'number_pool'],
          counted_by: 'calls',
          leaves_count: 2,
          units: 110,
          unjudged_units: 0,
          segment_units: 120,
          split: null,
          split_unavailable: 'every segment is counted in every minute',
          excess: -24,
          common: {
            shift: -0.8,
            evidence: 12,
            statistic: 9,
            degrees: 1,
            chance: 0.003,
            is_common: false,
            is_shifted: true,
          },
          subset: {
            members: [{ campaign: 'spring_renewal', number_pool: 'west_a' }],
            members_count: 1,
            explained_share: null,
            evidence: 14,
            surprise: 0.02,
          },
          rest: { n: 10, observed: 0.4, expected: 0.5, chance: 0.4, chance_share: 0.1, is_as_expected: true },
          leaves: [
            {
              segment: { campaign: 'spring_renewal', number_pool: 'west_a' },
              n: 110,
              observed: 0.3,
              expected: null,
              excess: null,
              excess_share: null,
              evidence: 14,
              share_before: 0.5,
              share_after: null,
            },
          ],
        },
      ],
      best: null,
    },
    attribution_at_detection: null,
    positions: {
      calls: 120,
      first_seq: 10,
      last_seq: null,
      frames: [{ file: '00000001.arrow', frame: 2, first_seq: 0, rows: 900 }],
    },
    observations: [
      {
        at: '2025-10-07T16:30:00Z',
        n: 12,
        observed: 0.25,
        expected: 0.5,
        expected_low: 0.46,
        expected_high: 0.54,
        is_recorded: true,
      },
      {
        at: '2025-10-07T16:45:00Z',
        n: 0,
        observed: null,
        expected: null,
        expected_low: null,
        expected_high: null,
        is_recorded: true,
      },
    ],
    journal: [{ ordinal: 4, at: '2025-10-07T16:52:00Z', kind: 'directive_issued', subject: throttle.id, hash: 'ff' }],
  },
  import: {
    seconds: 2,
    mapping: 'bank_marketing',
    file: 'bank.csv',
    time_zone: 'UTC',
    events: demo.events,
    data_dir: '.plumbline/import',
    store: '.plumbline/import/plumbline.duckdb',
  },
  init: { config: 'plumbline.yaml' },
  log: {
    log: '.plumbline/log',
    is_whole: false,
    segments: 1,
    frames: 3,
    events: 120,
    bytes: 40_000,
    torn_bytes: 0,
    archived: { segments: 1, files: 2, bytes: 4096 },
    set_aside: { frames: 0, events: 0 },
    left_out: { notes: 1, events: 2 },
    passed_over: 1,
    damages: [
      { file: 'log/00000000.arrow', byte: 64, frame: 0, what: 'the head of the frame is not what was written' },
    ],
    damages_count: 1,
  },
  'pass-over': {
    frame: 12,
    passed_over: 'decisions',
    events: 4,
    what: 'a detector or the policy fails on it (RangeError)',
    note: '.plumbline/log/passed-over/00000012.json',
  },
  lint: {
    config: 'plumbline.yaml',
    configuration_version: null,
    is_valid: false,
    problems: [
      {
        code: 'CONFIG_FIELD_INVALID',
        message: 'no',
        file: 'plumbline.yaml',
        line: 3,
        column: 1,
        detail: null,
        hint: 'Did you mean "x"?',
      },
    ],
    signals: 0,
    relationships: 0,
    rules: 0,
  },
  review: {
    from_at: '2025-10-07T05:00:00Z',
    to_at: '2025-10-08T05:00:00Z',
    baseline_version: 'b1',
    false_share: 0.1,
    streams: 320,
    log_threshold: 6.5,
    told_count: 1,
    told: [
      {
        signal: 'answer_rate',
        segment: { number_pool: 'west_a' },
        direction: 'down',
        is_harmful: true,
        unit: 'ratio',
        n: 1_200,
        observed: 0.3,
        expected: 0.5,
        shift: -0.8,
        log_evidence: 30,
        episodes: ['e-answers'],
      },
    ],
  },
  rebuild: { seconds: 9, store: '.plumbline/plumbline.duckdb', digest },
  replay,
  report: { report: 'report.html', episodes: 3, directives: 2 },
  simulate: {
    seconds: 3,
    seed: 7,
    scenario: 'demo',
    events: 'a.ndjson',
    labels: null,
    event_count: 10,
    label_count: 5,
  },
  sql: {
    columns: ['a', 'b'],
    rows: [
      [1, null],
      ['x', [1, { y: true }]],
    ],
  },
  forget: { events: 12, calls: 3, rejected: 1, text_keys: 2 },
  keys: { keys: 5 },
  backup: { folder: 'copy', files: 9, bytes: 1_000_000, frames: 20, events: 4_000 },
  restore: { data_dir: 'again', files: 9, bytes: 1_000_000, frames: 20, events: 4_000 },
  rejected: {
    what: 'show',
    rejected: 3,
    by_reason: { json_syntax: 2, unknown_type: 1 },
    lines: [
      {
        id: '12.0',
        input: 'file:calls.ndjson',
        partition: 'calls.ndjson',
        offset: 7,
        reason: 'json_syntax',
        detail: 'a value is expected at character 3',
        bytes_length: 5,
        rejected_at: '2025-10-07T16:45:00Z',
        readable_until: '2025-10-14',
      },
    ],
    base64: 'eyJhIgo=',
    text: '{"a"\n',
    replayed: null,
  },
  status: {
    data_dir: '.plumbline',
    configuration_version: '0123456789ab',
    epoch: 1,
    watermark_at: null,
    events: demo.events,
    rejected_by_reason: { id_conflict: 2 },
    observations: 0,
    rows_from: '2025-09-01T08:00:00Z',
    baselines: 0,
    baseline_version: null,
    unwatched_streams: 0,
    inputs: [{ input: 'file:a.ndjson', watermark_at: '2025-10-07T16:45:00.123456Z', is_idle: true, is_ended: false }],
    open_episodes: [answers],
    directives_in_force: [review],
    is_running: false,
  },
};

describe('the documents of --json', () => {
  it.each(Object.keys(DOCUMENTS) as DocumentName[])('%s survives its schema unchanged, through JSON', (name) => {
    const example = JSON.parse(JSON.stringify(EXAMPLES[name]));
    expect(DOCUMENTS[name].parse(example)).toEqual(example);
  });

  it.each(Object.keys(DOCUMENTS) as DocumentName[])('%s refuses a field that its schema does not name', (name) => {
    const parsed = DOCUMENTS[name].safeParse({ ...(EXAMPLES[name] as object), extra: 1 });
    expect(parsed.success).toBe(false);
  });
});

describe('an explanation', () => {
  it('names what an episode stands for too, apart from its heading', () => {
    const folded = {
      signal: 'answer_rate',
      segment: {},
      detected_at: '2025-10-07T16:52:00Z',
      units: 300,
      log_evidence: 12,
      residual_log_evidence: 0.5,
    };
    const explanation = DOCUMENTS.explain.parse({
      ...(EXAMPLES.explain as object),
      episode: { ...answers, folded: [folded, { ...folded, segment: { agent_version: 'v2' } }] },
    });
    const lines = explanationLines(explanation, { colors: colorsOf(false), width: 96, time_zone: 'America/Chicago' });
    expect(lines).toContain('  also      in answer_rate of the whole fleet');
    expect(lines).toContain('            in answer_rate of agent_version v2');
  });
});

describe('reports of episodes and directives', () => {
  it('read an episode in the unit of its signal, and its segment as an object', () => {
    const episode: Episode = {
      folded: [],
      leaves: null,
      id: 'e1',
      signal: 'transcript_confidence',
      relationship: null,
      segment: 'campaign=a%2Cb,number_pool=p1',
      direction: 'down',
      is_harmful: true,
      label: null,
      part: null,
      began_us: 1_759_856_400_000_000,
      detected_us: 1_759_857_000_123_456,
      closed_us: null,
      state: 'drifted',
      expected: 9_000,
      expected_low: 8_900,
      expected_high: 9_100,
      observed: 7_500,
      units: 50,
      severity: 'major',
      baseline_version: 'b1',
      detector: 'mixture-e-sr',
      verdict: {
        state: 'drift',
        log_evidence: 16,
        log_threshold: 15,
        direction: 'down',
        is_harmful: true,
        effect: -0.5,
        effect_confidence: 0.95,
        change_us: 1_759_856_400_000_000,
        units_since_change: 50,
        is_still_drifted: true,
      },
    };
    const report = episodeReport(episode, { unit: 'ratio', scale: 10_000 });
    expect(report).toMatchObject({
      segment: { campaign: 'a,b', number_pool: 'p1' },
      expected: 0.9,
      observed: 0.75,
      began_at: '2025-10-07T17:00:00.000Z',
      detected_at: '2025-10-07T17:10:00.123456Z',
      closed_at: null,
    });
    expect(DOCUMENTS.replay.shape.episodes.element.parse(report)).toEqual(report);
  });

  it('name a directive without its evidence', () => {
    expect(directiveReport(directive)).toEqual(throttle);
  });
});
