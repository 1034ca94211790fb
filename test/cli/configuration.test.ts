import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { knownNames } from '../../cli/known-names.js';
import { defaultConfigurationText } from '../../cli/shipped-files.js';
import { PlumblineError } from '../../contracts/errors.js';
import {
  checkConfiguration,
  configurationVersion,
  type KnownNames,
  loadConfiguration,
  parseConfiguration,
  problemText,
} from '../../pipelines/configuration.js';
import { nearestName } from '../../pipelines/nearest-name.js';

const known: KnownNames = {
  signals: ['answer_rate', 'voicemail_rate', 'attempt_volume', 'interrupted_call_rate', 'source_silence'],
  unwatched_signals: ['interrupted_call_rate'],
  signal_dimensions: { attempt_volume: ['campaign', 'number_pool'] },
  signal_kinds: { answer_rate: 'proportion', attempt_volume: 'rate' },
  signal_units: {
    answer_rate: 'ratio',
    voicemail_rate: 'per mille',
    interrupted_call_rate: 'ratio',
    source_silence: 'ratio',
  },
  dense_signals: ['source_silence'],
  call_maturities: { voicemail_rate: '10m', answer_rate: '90s' },
  detectors: ['mixture-e-sr', 'correlation-e-sr', 'association-e-sr', 'multinomial-e-sr'],
  detector_kinds: {
    'mixture-e-sr': ['proportion', 'rate'],
    'correlation-e-sr': ['relationship'],
    'association-e-sr': ['association'],
    'multinomial-e-sr': ['mix'],
  },
  sources: ['file', 'simulate'],
  sinks: ['console', 'file'],
  options: {
    sources: { file: z.strictObject({ path: z.string(), follow: z.boolean().default(false) }) },
    detectors: { 'mixture-e-sr': z.strictObject({ effect_min: z.number().positive().optional() }) },
  },
};

const RULE = `policy:
  rules:
    - name: throttle_pool
      when: { signal: answer_rate }
      directive: { action: throttle, value: 1, unit: calls_per_minute }
`;

/** A relationship with these parts, on line 3. */
const mix = (parts: string) => `relationships:\n  - { name: mix, parts: ${parts}, groupings: [[]] }\n`;

/** What is written, and what is said of it: the place, the fault, what is allowed, the name that was meant. */
const MISTAKES: [title: string, text: string, says: string[]][] = [
  [
    'a misspelt key',
    'version: 1\ndetect:\n  windw_max: 60m\n',
    ['c.yaml:3:3 ', '"windw_max"', 'Did you mean "window_max"?'],
  ],
  ['a key at the top', 'version: 1\nsorces: []\n', ['c.yaml:2:1 ', '"sorces"', 'Did you mean "sources"?']],
  ['a missing version', 'sources: []\n', ['c.yaml:1:1 ', 'a field is missing (version)', 'it takes 1']],
  ['a number for a duration', 'version: 1\nland:\n  lateness: 30\n', ['c.yaml:3:13 30 ', 'a duration with its unit']],
  [
    'a time that is none, with a bound',
    'version: 1\nland:\n  idle_after: soon\n',
    ['c.yaml:3:15', '"soon"', 'a duration with its unit'],
  ],
  [
    'inputs that are quiet at once',
    'version: 1\nland:\n  idle_after: 0s\n',
    ['c.yaml:3:15', '"0s"', 'it takes a duration of at least "1s"'],
  ],
  [
    'a duration without a unit',
    'version: 1\nland: { lateness: "30" }\n',
    ['c.yaml:2:19 "30"', 'a duration with its unit'],
  ],
  ['a number out of range', 'version: 1\nland:\n  depth_max: 1\n', ['c.yaml:3:14 1 ', 'a number of at least 2']],
  ['a text for a number', 'version: 1\ndetect:\n  window_calls: many\n', ['c.yaml:3:17 "many"', 'a number']],
  [
    'an unknown time zone',
    'version: 1\ntime_zone: America/Chicgo\n',
    ['c.yaml:2:12 "America/Chicgo"', 'an IANA time zone'],
  ],
  [
    'no cron expression',
    'version: 1\nbaseline:\n  schedule: every night\n',
    ['c.yaml:3:13 "every night"', 'a cron expression'],
  ],
  [
    'no calendar day',
    'version: 1\nbaseline:\n  exceptional_days: [2025-02-30]\n',
    ['c.yaml:3:22 ', 'no day of the calendar'],
  ],
  [
    'a guard as long as the history',
    'version: 1\nbaseline:\n  guard: 28d\n',
    ['c.yaml:3:10 "28d"', 'less than history (28d)'],
  ],
  [
    'rows that leave before they are learnt from',
    'version: 1\nobserve: { rows_keep: 28d }\n',
    ['c.yaml:2:23 "28d"', 'at least baseline.history and baseline.guard together (28d and 1d)'],
  ],
  [
    'calls that settle after their windows have closed',
    'version: 1\nobserve: { settle: 91s }\n',
    ['c.yaml:2:20 "91s"', 'at most the maturity of each signal that counts calls (answer_rate: 90s)'],
  ],
  [
    'more history wanted than kept',
    'version: 1\nbaseline:\n  history_min: 30d\n',
    ['c.yaml:3:16 ', 'at most history (28d)'],
  ],
  [
    'an unknown dimension',
    'version: 1\nobserve:\n  groupings: [[campain]]\n',
    ['c.yaml:3:16 "campain"', 'Did you mean "campaign"?'],
  ],
  [
    'a grouping twice',
    'version: 1\nobserve:\n  groupings:\n    - [campaign, region]\n    - [region, campaign]\n',
    ['c.yaml:5:7 ', 'stands twice'],
  ],
  [
    'an unknown source',
    'version: 1\nsources:\n  - use: flie\n',
    ['c.yaml:3:10 source "flie" is not defined', 'defined: file, simulate', 'Did you mean "file"?'],
  ],
  [
    'an unknown sink',
    'version: 1\nsinks:\n  - use: kafka\n',
    ['c.yaml:3:10 sink "kafka" is not defined', 'defined: console, file'],
  ],
  [
    'a misspelt option of a source',
    'version: 1\nsources:\n  - use: file\n    path: a\n    folow: true\n',
    ['c.yaml:5:5 ', '"folow"', 'Did you mean "follow"?'],
  ],
  [
    'an option of a source left out',
    'version: 1\nsources:\n  - use: file\n',
    ['c.yaml:3:5 ', 'a field is missing (sources[0].path)'],
  ],
  [
    'an unknown detector',
    'version: 1\ndetect:\n  detector: mixture\n',
    ['c.yaml:3:13 detector "mixture" is not defined', 'Did you mean "mixture-e-sr"?'],
  ],
  [
    'an option out of range',
    'version: 1\ndetect:\n  options:\n    effect_min: 0\n',
    ['c.yaml:4:17 0 ', 'a number of more than 0'],
  ],
  [
    'an unknown detector of a signal',
    'version: 1\ndetect:\n  by_signal:\n    answer_rate: { detector: mixture }\n',
    ['c.yaml:4:30 detector "mixture" is not defined', 'Did you mean "mixture-e-sr"?'],
  ],
  [
    'a detector for a signal that does not exist',
    'version: 1\ndetect:\n  by_signal:\n    answer_rat: { detector: mixture-e-sr }\n',
    ['signal "answer_rat" is not defined', 'Did you mean "answer_rate"?'],
  ],
  [
    'a detector for a signal of a kind that it does not watch',
    'version: 1\ndetect:\n  by_signal:\n    answer_rate: { detector: correlation-e-sr }\n',
    ['c.yaml:4:30 "correlation-e-sr" does not watch "answer_rate", which is a proportion', 'kind relationship'],
  ],
  [
    'a detector that does not watch all signals',
    'version: 1\ndetect: { detector: correlation-e-sr }\n',
    ['c.yaml:2:21 "correlation-e-sr" does not watch "answer_rate", which is a proportion', 'detect.by_signal'],
  ],
  [
    'a detector of relationships that watches none',
    'version: 1\ndetect: { relationship_detector: association-e-sr }\n',
    ['c.yaml:2:34 "association-e-sr" does not watch how two signals go together', 'correlation-e-sr'],
  ],
  [
    'a detector of associations that watches none',
    'version: 1\ndetect: { association_detector: mixture-e-sr }\n',
    ['c.yaml:2:33 "mixture-e-sr" does not watch two outcomes of the same calls', 'association-e-sr'],
  ],
  [
    'an unknown signal',
    'version: 1\ndetect:\n  signals: [answer_rat]\n',
    ['c.yaml:3:13 signal "answer_rat" is not defined', 'Did you mean "answer_rate"?'],
  ],
  [
    'a relationship of an unknown signal',
    'version: 1\nrelationships:\n  - { name: pair, x: answer_rate, y: voicemail, groupings: [[campaign]] }\n',
    ['c.yaml:3:38 signal "voicemail" is not defined', 'Did you mean "voicemail_rate"?'],
  ],
  [
    'a relationship of a signal with itself',
    'version: 1\nrelationships:\n  - { name: pair, x: answer_rate, y: answer_rate, groupings: [[campaign]] }\n',
    ['c.yaml:3:38 ', 'between two signals'],
  ],
  [
    'a relationship in a segment that is not observed',
    'version: 1\nrelationships:\n  - { name: pair, x: answer_rate, y: voicemail_rate, groupings: [[region]] }\n',
    ['c.yaml:3:66 nothing is observed by [region]', 'Add [region] to observe.groupings'],
  ],
  [
    'a relationship by a dimension that a signal lacks',
    'version: 1\nrelationships:\n  - { name: pair, x: answer_rate, y: attempt_volume, groupings: [[agent_version]] }\n',
    ['signal "attempt_volume" has no dimension "agent_version"', 'campaign, number_pool'],
  ],
  [
    'an association within calls of something else than proportions',
    'version: 1\nrelationships:\n  - { name: pair, x: answer_rate, y: voicemail_rate, both: attempt_volume, groupings: [[campaign]] }\n',
    ['"attempt_volume" is a rate', 'only proportions have an association within calls'],
  ],
  [
    'an association within calls without a signal that counts both outcomes',
    'version: 1\nrelationships:\n  - { name: pair, x: answer_rate, y: voicemail_rate, both: answer_rte, groupings: [[campaign]] }\n',
    ['signal "answer_rte" is not defined', 'Did you mean "answer_rate"?'],
  ],
  [
    'a mix of something else than proportions',
    `version: 1\n${mix('[answer_rate, attempt_volume]')}`,
    ['c.yaml:3:39 "attempt_volume" is a rate', 'only proportions are parts of a mix'],
  ],
  [
    'a mix with a signal that counts minutes',
    `version: 1\n${mix('[answer_rate, source_silence]')}`,
    ['c.yaml:3:39 "source_silence" counts minutes', 'count the same calls'],
  ],
  [
    'a mix in two units',
    `version: 1\n${mix('[answer_rate, voicemail_rate]')}`,
    ['c.yaml:3:39 "voicemail_rate" is in per mille, and "answer_rate" in ratio'],
  ],
  [
    'a mix with an unknown part',
    `version: 1\n${mix('[answer_rate, answr_rate]')}`,
    ['c.yaml:3:39 signal "answr_rate" is not defined', 'Did you mean "answer_rate"?'],
  ],
  [
    'a part that stands twice in a mix',
    `version: 1\n${mix('[answer_rate, interrupted_call_rate, answer_rate]')}`,
    ['c.yaml:3:62 the part "answer_rate" stands twice'],
  ],
  ['a mix of one part', `version: 1\n${mix('[answer_rate]')}`, ['c.yaml:3:25 ', 'at least 2 entries']],
  [
    'a mix of more parts than there may be',
    `version: 1\n${mix(`[${Array.from({ length: 13 }, (_, part) => `part_${part}`).join(', ')}]`)}`,
    ['c.yaml:3:25 ', 'at most 12 entries'],
  ],
  [
    'a relationship that is both a pair and a mix',
    `version: 1\n${mix('[answer_rate, interrupted_call_rate], x: answer_rate')}`,
    ['c.yaml:3:66 "answer_rate" stands beside parts', 'or parts'],
  ],
  [
    'a relationship that is neither a pair nor a mix',
    'version: 1\nrelationships:\n  - { name: mix, groupings: [[]] }\n',
    ['c.yaml:3:5 ', 'neither x nor y', 'parts'],
  ],
  [
    'a detector of mixes that watches none',
    'version: 1\ndetect:\n  mix_detector: association-e-sr\n',
    ['"association-e-sr" does not watch how calls divide into parts'],
  ],
  [
    'a rule for a part that no mix has',
    `version: 1\n${mix('[answer_rate, interrupted_call_rate]')}${RULE.replace('signal: answer_rate', 'relationship: mix, part: answer_rte')}`,
    ['part "answer_rte" is not defined', 'defined: answer_rate, interrupted_call_rate, rest'],
  ],
  [
    'a signal to be watched by itself that only relationships look at',
    'version: 1\ndetect:\n  signals: [interrupted_call_rate]\n',
    ['c.yaml:3:13 "interrupted_call_rate" is not watched by itself', 'name it in a relationship'],
  ],
  [
    'a rule for an unknown signal',
    `version: 1\n${RULE.replace('answer_rate', 'answr_rate')}`,
    ['c.yaml:5:23 signal "answr_rate"', 'Did you mean "answer_rate"?'],
  ],
  [
    'a rule for an unknown relationship',
    `version: 1\n${RULE.replace('signal: answer_rate', 'relationship: pair')}`,
    ['c.yaml:5:29 relationship "pair" is not defined', 'defined: none'],
  ],
  [
    'a unit of another action',
    `version: 1\n${RULE.replace('calls_per_minute', 'calls_per_minut')}`,
    ['"calls_per_minut" is no unit of throttle', 'Did you mean "calls_per_minute"?'],
  ],
  [
    'a value of the wrong kind',
    `version: 1\n${RULE.replace('value: 1', 'value: half')}`,
    ['c.yaml:6:45 "half" is no value of throttle', 'a number of at least 0'],
  ],
  [
    'an unknown action',
    `version: 1\n${RULE.replace('action: throttle', 'action: throtle')}`,
    ['c.yaml:6:28 "throtle"', 'Did you mean "throttle"?'],
  ],
  [
    'a lease of no length',
    `version: 1\n${RULE.replace('value: 1,', 'value: 1, lease: 0s,')}`,
    ['the lease "0s" has no length'],
  ],
  [
    'a label of a signal',
    `version: 1\n${RULE.replace('signal: answer_rate', 'signal: answer_rate, label: [lost]')}`,
    ['a label tells how a relationship changed'],
  ],
  [
    'a segment that is not observed',
    `version: 1\n${RULE.replace('signal: answer_rate', 'segment: { region: "*" }')}`,
    ['nothing is observed by [region]'],
  ],
  [
    'a rule name twice',
    `version: 1\n${RULE}${RULE.slice(RULE.indexOf('    - name'))}`,
    ['c.yaml:7:13 the rule name "throttle_pool" is used twice'],
  ],
  ['broken YAML', 'version: 1\nland: { lateness: 30s\n', ['c.yaml:', 'not the YAML of a configuration']],
  ['a key twice', 'version: 1\nland: {}\nland: {}\n', ['c.yaml:3:1 ', 'not the YAML of a configuration']],
  ['nothing', '', ['c.yaml:1:1 ', 'the configuration is empty']],
  ['a list', '- version: 1\n', ['c.yaml:1:1 ', 'not a group of keys']],
  [
    'a batch larger than a segment file',
    'version: 1\nland:\n  segment_bytes_max: 1048576\n',
    ['c.yaml:3:3 33554432', 'segment_bytes_max (1048576)'],
  ],
];

describe('a configuration with a mistake', () => {
  it.each(MISTAKES)('names the place, the value and what is allowed: %s', (_, text, says) => {
    const { config, problems } = checkConfiguration(text, 'c.yaml', known);
    expect(config).toBeNull();
    expect(problems).toHaveLength(1);
    for (const part of says) expect(problemText(problems[0])).toContain(part);
  });

  it('throws one error that lists every problem in the order of the file', () => {
    const text = `version: 1\ndetect:\n  detector: mixtur\n${RULE.replace('answer_rate', 'answer')}`;
    const error = thrown(() => parseConfiguration(text, 'c.yaml', known));
    expect(error.code).toBe('CONFIG_REFERENCE_UNDEFINED');
    expect(error.message).toBe('c.yaml has 2 problems');
    expect(error.detail).toMatch(/^c\.yaml:3:13 .*\n {2}c\.yaml:7:23 /s);
  });

  it('cannot grow without end through aliases', () => {
    const levels = Array.from({ length: 12 }, (_, at) => `k${at + 1}: &k${at + 1} [${`*k${at},`.repeat(9)}]`);
    const { problems } = checkConfiguration(`k0: &k0 [x]\n${levels.join('\n')}\n`, 'c.yaml', known);
    expect(problems).toHaveLength(1);
    expect(problems[0].code).toBe('CONFIG_SYNTAX_INVALID');
  });
});

describe('a configuration file', () => {
  it('that is not there is named, with what to do', () => {
    const error = thrown(() => loadConfiguration('/nowhere/plumbline.yaml', known));
    expect(error.describe()).toContain('"/nowhere/plumbline.yaml"');
    expect(error.hint).toContain('plumbline init');
    expect(error.code).toBe('CONFIG_FILE_UNREADABLE');
  });

  it('gives its folder to what is relative, and its text a version', () => {
    const folder = mkdtempSync(join(tmpdir(), 'plumbline-configuration-'));
    try {
      const path = join(folder, 'plumbline.yaml');
      const text = '\ufeffversion: 1\nsignals_dir: own\n';
      writeFileSync(path, text);
      const loaded = loadConfiguration(path, known);
      expect(loaded.base_dir).toBe(folder);
      expect(loaded.config.signals_dir).toBe(join(folder, 'own'));
      expect(loaded.version).toBe(configurationVersion(text.slice(1)));
      expect(loaded.version).toMatch(/^[0-9a-f]{12}$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('of more than a megabyte is not read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'plumbline-configuration-'));
    try {
      const path = join(folder, 'plumbline.yaml');
      writeFileSync(path, `version: 1\n#${'x'.repeat(1_048_576)}\n`);
      expect(thrown(() => loadConfiguration(path, known)).detail).toContain('at most 1048576');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the configuration that init writes', () => {
  it('has no problem, with the components and signals that are shipped', () => {
    const { problems } = checkConfiguration(defaultConfigurationText(), 'default', knownNames('.'));
    expect(problems).toEqual([]);
  });

  it('answers every drift of the demo, and watches a relationship', () => {
    const { config } = checkConfiguration(defaultConfigurationText(), 'default', knownNames('.'));
    const signals = config?.policy.rules.flatMap(({ when }) => when.signal ?? []);
    for (const signal of ['answer_rate', 'voicemail_rate', 'call_screening_rate', 'interruption_rate_by_callee']) {
      expect(signals).toContain(signal);
    }
    expect(config?.relationships.map(({ name }) => name)).toEqual(['answer_voicemail']);
    expect(config?.policy.rules.every(({ directive }) => directive.mode === 'advise')).toBe(true);
  });
});

it('lets a call settle as long as the shipped signals that count calls wait, and no longer', () => {
  const { signals, call_maturities = {} } = knownNames('.')(undefined);
  const problemsWith = (settle: string) =>
    checkConfiguration(`version: 1\nobserve: { settle: ${settle} }\n`, 'c.yaml', knownNames('.')).problems.length;
  expect([problemsWith('90s'), problemsWith('91s')]).toEqual([0, 1]);
  const others = signals.filter((signal) => call_maturities[signal] === undefined);
  expect(others).toEqual(['attempt_volume', 'duplicate_outreach_rate', 'source_silence']);
});

describe('the nearest name', () => {
  it.each([
    ['answer_rat', 'answer_rate'],
    ['anwser_rate', 'answer_rate'],
    ['Answer_Rate', 'answer_rate'],
    ['voicemail', 'voicemail_rate'],
    ['kafka', undefined],
    ['', undefined],
  ])('of %j is %j', (mistyped, name) => {
    expect(nearestName(mistyped, ['answer_rate', 'voicemail_rate'])).toBe(name);
  });
});

function thrown(work: () => unknown): PlumblineError {
  try {
    work();
  } catch (error) {
    if (error instanceof PlumblineError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
