import { rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configSchema } from '../../../contracts/config.js';
import type { Signal } from '../../../contracts/signal.js';
import { detectors } from '../../../detectors/index.js';
import { Detection, type DetectionState } from '../../../pipelines/detect/detection.js';
import { Expectations, leaveOut } from '../../../pipelines/detect/expectations.js';
import type { RefusedStream } from '../../../pipelines/detect/watch-room.js';
import { LocalHours } from '../../../pipelines/local-hours.js';
import { openStore } from '../../../pipelines/open-store.js';
import { initTrack } from '../../../pipelines/policy/episodes.js';
import { forgetUnwatched, initPolicy } from '../../../pipelines/policy/state.js';
import { writeUnwatched } from '../../../pipelines/records.js';
import { readSignalFiles } from '../../../pipelines/signal-files.js';
import type { Store } from '../../../pipelines/store.js';
import { newFolder } from '../small-run.js';

const MINUTE_US = 60_000_000;
const SEGMENTS = ['a', 'b', 'c', 'd', 'e', 'f'].map((value) => `campaign=${value}`);
const signals: Signal[] = readSignalFiles().map(({ signal }) => signal);
const relationships = [
  { name: 'answers_by_voicemail', x: 'answer_rate', y: 'voicemail_rate', groupings: [['campaign']] },
];
const level = { level: 0.3, standard_error: 0.01, value_sd: 0, dispersion: 1, is_sufficient: true };

function versionOf(history_from_us = 0, isKnown = true): Expectations {
  return {
    version: 'v1',
    log_threshold: Math.log(1e4),
    relationship_log_threshold: Math.log(1e4),
    history_from_us,
    streams_count: 0,
    relationships_count: 0,
    at: () => level,
    leavesOut: () => false,
    relationship: () => (isKnown ? {} : null),
    mix: () => null,
    streams: () => [],
  } as unknown as Expectations;
}

function newDetection(streams_max: number): Detection {
  const config = configSchema.parse({
    version: 1,
    detect: { signals: ['answer_rate', 'voicemail_rate'], streams_max },
    relationships,
  });
  return new Detection(config, signals, detectors);
}

interface Seen {
  readonly minute: number;
  readonly signal: string;
  readonly segment: string;
}

function feed(detection: Detection, seen: readonly Seen[]): void {
  const streams = seen.map(({ signal, segment }) => ({ signal, segment }));
  const columns = {
    stream: seen.map((_, index) => index),
    window_us: seen.map(({ minute }) => minute * MINUTE_US),
    closed_us: seen.map(({ minute }) => (minute + 2) * MINUTE_US),
    n: seen.map(() => 30),
    total: seen.map(() => 9),
    exposure_ms: seen.map(() => 0),
    total_squares: seen.map(() => 0),
  };
  detection.feed({ streams, ...columns } as never, ((seen.at(-1)?.minute ?? 0) + 2) * MINUTE_US, () => []);
}

/** What a run over the same observations comes to, however it is cut, and with a restart between any two pieces. */
function outcome(pieces: readonly (readonly Seen[])[], streams_max: number, isRestarted: boolean) {
  let detection = newDetection(streams_max);
  detection.expect(versionOf());
  const streams: Record<string, unknown> = {};
  const refused = new Map<string, RefusedStream>();
  for (const piece of pieces) {
    feed(detection, piece);
    for (const [key, state] of detection.takeChanged()) streams[key] = JSON.parse(JSON.stringify(state));
    // As the store does it: what is written down already stays as it is.
    for (const one of detection.takeRefused()) {
      const key = `${one.signal}|${one.relationship}|${one.segment}`;
      if (!refused.has(key)) refused.set(key, one);
    }
    const relationships = JSON.parse(JSON.stringify(detection.relationshipStates())) as object;
    if (!isRestarted) continue;
    detection = newDetection(streams_max);
    detection.expect(versionOf());
    detection.restore({ streams, relationships } as DetectionState);
  }
  const relations = detection.relationshipStates();
  return { streams, relations, refused, fill: detection.fills.find(({ queue }) => queue === 'watched_streams')! };
}

const anySeen = fc.array(
  fc.record({
    minute: fc.nat(20),
    signal: fc.constantFrom('answer_rate', 'voicemail_rate'),
    segment: fc.constantFrom(...SEGMENTS),
  }),
  { minLength: 1, maxLength: 60 },
);

/** In the order in which observations close, each once. */
function inOrder(seen: readonly Seen[]): Seen[] {
  const key = ({ minute, signal, segment }: Seen) => `${String(minute).padStart(3, '0')} ${signal} ${segment}`;
  const once = new Map(seen.map((one) => [key(one), one]));
  return [...once].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, one]) => one);
}

test('who is watched when there is no room for all follows from the observations, however they are cut, and stays over restarts', () => {
  fc.assert(
    fc.property(
      anySeen,
      fc.uniqueArray(fc.nat(20), { maxLength: 6 }),
      fc.integer({ min: 1, max: 20 }),
      (any, cuts, max) => {
        const seen = inOrder(any);
        const at = [0, ...cuts.sort((left, right) => left - right), 21];
        const pieces = at
          .slice(1)
          .map((to, index) => seen.filter(({ minute }) => minute >= at[index]! && minute < to))
          .filter((piece) => piece.length > 0);
        const whole = outcome([seen], max, false);
        expect(outcome(pieces, max, true)).toEqual(whole);
        const named = (seen: Seen) => [`${seen.signal}|${seen.segment}`, `~answers_by_voicemail|${seen.segment}`];
        const all = new Set(seen.flatMap(named));
        // Each is watched or told, and never both; nothing is refused while there is room.
        expect(Object.keys(whole.streams).length + Object.keys(whole.relations).length).toBe(whole.fill.filled);
        expect(whole.fill).toMatchObject({ filled: Math.min(max, all.size), max });
        expect(whole.refused.size).toBe(all.size - whole.fill.filled);
      },
    ),
    { seed: 1, numRuns: 60 },
  );
});

test('what was not seen in all of the history makes room at the next version, unless an episode is open', () => {
  const detection = newDetection(4);
  detection.expect(versionOf());
  const at = (minute: number, segment: string) => ({ minute, signal: 'answer_rate', segment });
  feed(detection, [at(0, SEGMENTS[0]!), at(0, SEGMENTS[1]!)]);
  feed(detection, [at(60, SEGMENTS[1]!), at(60, SEGMENTS[2]!)]);
  const refused = { segment: SEGMENTS[2], since_us: 61 * MINUTE_US };
  expect(detection.takeRefused()).toEqual([
    { signal: null, relationship: 'answers_by_voicemail', ...refused },
    { signal: 'answer_rate', relationship: null, ...refused },
  ]);
  const key = `answer_rate|mixture-e-sr|${SEGMENTS[0]}`;
  const later = versionOf(30 * MINUTE_US);
  expect(detection.expect(later, new Set([key]))).toEqual([]);
  expect(detection.expect(later)).toEqual([key]);
  expect(detection.fills[0]).toMatchObject({ filled: 3 });
  // A relationship of which nothing is known any more waits for its open window, then it goes as well.
  const unknown = versionOf(30 * MINUTE_US, false);
  expect(detection.expect(unknown)).toEqual([`~answers_by_voicemail|correlation-e-sr|${SEGMENTS[0]}`]);
  feed(detection, [at(61, SEGMENTS[2]!)]);
  expect(detection.takeRefused()).toMatchObject([]);
});

test('a configuration with less room keeps streams with an open episode, then the first by name', () => {
  const before = newDetection(10);
  before.expect(versionOf());
  feed(
    before,
    SEGMENTS.slice(0, 4).map((segment) => ({ minute: 0, signal: 'answer_rate', segment })),
  );
  const after = newDetection(2);
  after.expect(versionOf());
  after.takeOver(before, new Set([`answer_rate|mixture-e-sr|${SEGMENTS[3]}`]));
  expect(after.takeChanged().map(([key]) => key.split('|')[2])).toEqual([SEGMENTS[3], SEGMENTS[0]]);

  // What the policy remembers of the others goes with them, once their episode is closed.
  const keyOf = (segment: string) => `answer_rate|mixture-e-sr|${segment}`;
  const tracks = Object.fromEntries(SEGMENTS.map((segment) => [keyOf(segment), initTrack()]));
  const openEntry = { stream_key: keyOf(SEGMENTS[1]!), episode_id: 'e', withheld: null, leases: [] };
  const watches = (key: string) => after.watches(key);
  const policy = forgetUnwatched({ ...initPolicy(), tracks, open: [openEntry] }, watches);
  expect(Object.keys(policy.tracks)).toEqual([0, 1, 3].map((at) => keyOf(SEGMENTS[at]!)));
  expect(Object.keys(forgetUnwatched({ ...policy, open: [] }, watches).tracks)).toEqual(
    [0, 3].map((at) => keyOf(SEGMENTS[at]!)),
  );
  // With room: whoever would be watched as before is remembered; under another detector nobody is.
  const roomy = newDetection(20);
  roomy.expect(versionOf());
  expect(
    ['answer_rate|mixture-e-sr|all', 'answer_rate|never|all', 'gone|mixture-e-sr|all'].map((key) => roomy.watches(key)),
  ).toEqual([true, false, false]);
});

describe('the store', () => {
  const folder = newFolder();
  let store: Store;
  beforeAll(async () => {
    store = await openStore(join(folder, 'data'), readSignalFiles(), configSchema.parse({ version: 1 }).operate);
  });
  afterAll(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  const unwatched = async () =>
    (await store.query('select * exclude (since) from unwatched_streams order by all')).rows.map((row) =>
      row.join(' '),
    );

  test('leaves out, of each signal, the smallest segments; what drifts and what is watched comes first', async () => {
    await store.define(`
      insert into baseline_versions by name
      select 'v1' as version, now()::timestamp as as_of, as_of as history_from, as_of as history_to, 28 as days,
        0 as streams, 0 as units_per_week, 1 as log_threshold, 0 as relationship_windows_per_week,
        1 as relationship_log_threshold;
      insert into baselines
      select 'v1', signal, 'campaign=' || campaign, hour, 0.3, 0.01, 0, 1, size, 100, 10, true
      from (values ('a', 50), ('b', 40), ('c', 30), ('d', 20), ('e|f', 10)) as campaigns(campaign, size),
        (values ('answer_rate'), ('voicemail_rate')) as signals(signal), range(2) as hours(hour);
      insert into stream_states values ('answer_rate|mixture-e-sr|campaign=e|f', 1, '{}');
      insert into episodes by name
      select 'one' as id, 'voicemail_rate' as signal, 'campaign=d' as segment, 'up' as direction, true as is_harmful,
        now()::timestamp as began_at, began_at as detected_at, 'drifted' as state, 0 as expected, 0 as expected_low,
        0 as expected_high, 0 as observed, 0 as units, 'minor' as severity, 0 as log_evidence, 0 as log_threshold,
        'v1' as baseline_version, 'mixture-e-sr' as detector, '{}' as verdict, '[]' as folded;
    `);
    await leaveOut(store, 5, 0);
    const left_out = [
      'answer_rate  campaign=c false',
      'answer_rate  campaign=d false',
      'voicemail_rate  campaign=b false',
      'voicemail_rate  campaign=c false',
      'voicemail_rate  campaign=e|f false',
    ];
    expect(await unwatched()).toEqual(left_out);
    const hours = new LocalHours(configSchema.parse({ version: 1 }));
    const known = (await Expectations.load(store, hours))!;
    expect(known.streams_count).toBe(5);
    expect(known.leavesOut('answer_rate', 'campaign=c')).toBe(true);
    expect(known.leavesOut('answer_rate', 'campaign=e|f')).toBe(false);
    expect(known.at('answer_rate', 'agent_version=new', 0)).toBeNull();
    // What is refused is written once, also where it was left out before.
    const refused = ['campaign=c', 'campaign=new'].map((segment) => ({
      signal: 'answer_rate',
      relationship: null,
      segment,
      since_us: 60_000_000,
    }));
    for (let time = 0; time < 2; time++) await writeUnwatched(store, refused);
    expect(await unwatched()).toEqual([
      ...left_out.slice(0, 2),
      'answer_rate  campaign=new true',
      ...left_out.slice(2),
    ]);
    // Relationships have room of their own, and are told beside the signals.
    await store.define(`
      insert into relationship_baselines
      select 'v1', 'pair', 'campaign=' || i, 0.5, 1, 1, 100 + i, 0, 1, 1, 1, null from range(9) as r(i);
      insert into mix_baselines by name
      select 'v1' as version, 'mix' as relationship, 'campaign=' || i as segment, 'rest' as part, 9 as windows, 1 as dispersion
      from range(2) as r(i);
    `);
    await leaveOut(store, 10, 0);
    expect(await unwatched()).toEqual([' pair campaign=0 false']);
    expect((await Expectations.load(store, hours))!.relationships_count).toBe(10);
    await leaveOut(store, 11, 0);
    expect(await unwatched()).toEqual([]);
    expect((await Expectations.load(store, hours))!.leavesOut('answer_rate', 'campaign=new')).toBe(false);
  });
});
