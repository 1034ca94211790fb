import type { Batch } from '../contracts/batch.js';
import type { Config } from '../contracts/config.js';
import { parseDurationMs } from '../contracts/duration.js';
import { EVENT_TYPES } from '../contracts/event.js';
import { CALL_MEMORY_US } from './call-memory.js';
import { registerSets } from './observe.js';
import type { Store } from './store.js';

/**
 * Derives calls, turns and the other entities from a landed batch. Which event belongs to which call depends on event
 * times and the watermark alone, so the result is the same however the log was cut into batches.
 */

/**
 * What makes a turn a barge-in, a backchannel or a cut-off, ms. `npm run real` shows what other values would do, against
 * the judgement of people.
 */
export const TURN_LIMITS = {
  /** Shorter overlaps are heard as a clean hand-over (Heldner 2011, J. Acoust. Soc. Am. 130, 508-513). */
  overlap_ms_min: 120,
  /** Speech inside the other side's turn that is over within this is a backchannel ("mm-hm"), not a barge-in. */
  backchannel_ms_max: 700,
  /** A side that falls silent within this of a barge-in was cut off (tau2-bench's window for yielding). */
  yield_ms_max: 2_000,
  /** Pieces of one side closer than this are one piece of speech, however the recogniser cut it. */
  resume_ms_min: 300,
} as const;
/** A contact dialled for two campaigns within this is duplicate outreach. */
const DUPLICATE_OUTREACH_US = 86_400_000_000;

/** Event types by the statement that takes them; the statement is skipped when a batch has none of them. */
const ENTITY_STATEMENTS: readonly (readonly [string, readonly string[]])[] = [
  ['staging/outcomes', ['outcome.recorded']],
  ['staging/message_events', ['message.sent', 'message.delivered', 'message.responded']],
  ['staging/action_events', ['action.proposed', 'action.executed', 'action.refused']],
  ['staging/number_reputations', ['number.reputation']],
  ['staging/acknowledgements', ['directive.acknowledged']],
];

async function addDictionaryValues(store: Store, batch: Batch): Promise<void> {
  const columns: string[] = [];
  const ids: number[] = [];
  const values: string[] = [];
  for (const [column, addition] of batch.dictionary_additions) {
    for (const [index, value] of addition.values.entries()) {
      columns.push(column);
      ids.push(addition.first_id + index);
      values.push(value);
    }
  }
  await store.append('dictionary_values', [
    { type: 'text', values: columns },
    { type: 'integer32', values: ids },
    { type: 'text', values },
  ]);
}

/** Puts a batch before the statements that derive from it; null puts none. The caller has begun the transaction. */
export async function stage(store: Store, batch: Batch | null): Promise<void> {
  if (batch !== null) await addDictionaryValues(store, batch);
  store.setBatch(batch);
  await store.run('schema/batch_events');
  store.setBatch(null);
}

/** From one watermark to the next, microseconds; null: there was none before. */
export interface Reached {
  readonly previous_us: number | null;
  readonly watermark_us: number;
}

/** Derives from the batch that was staged. */
export async function derive(store: Store, batch: Batch, reached: Reached, observe: Config['observe']): Promise<void> {
  const { watermark_us } = reached;
  const present = typesPresent(batch);
  const has = (...types: readonly string[]) => types.some((type) => present.has(type));
  if (has('call.initiated')) await store.run('staging/contacts');
  await store.run('schema/returning_events');
  const memory = { memory_us: CALL_MEMORY_US, memory_from_us: firstEventUs(batch) - CALL_MEMORY_US };
  const returning_events = await store.run('staging/returning_events', memory);
  const present_calls = { returning_events, has_dials: has('call.initiated') };
  const settled_calls = await settle(store, watermark_us, observe, present_calls);
  if (has('call.initiated')) await store.run('staging/dials', { duplicate_outreach_us: DUPLICATE_OUTREACH_US });
  if (settled_calls > 0) await store.run('staging/hot_events_emptied');
  await store.run('staging/hot_events');
  for (const [statement, types] of ENTITY_STATEMENTS) if (has(...types)) await store.run(statement);
  if (lateRows(batch) > 0) await store.run('staging/late_events');
  if (mayHoldTwo(reached, observe)) await settleHeld(store, reached, observe);
}

/**
 * Settles the calls whose time has come, without a batch. A call that has settled lets go of the next one with its id, whose
 * time may have come too: whether a frame ends between the two must not matter.
 */
export async function settleHeld(store: Store, reached: Reached, observe: Config['observe']): Promise<void> {
  await stage(store, null);
  while ((await settle(store, reached.watermark_us, observe)) > 0) {
    await store.run('staging/hot_events_emptied');
    if (!mayHoldTwo(reached, observe)) return;
  }
}

/**
 * Whether two calls of one id may settle between two watermarks. The first has ended after the watermark before, less what it
 * takes to settle; the second begins when the first is known no more.
 */
function mayHoldTwo({ previous_us, watermark_us }: Reached, observe: Config['observe']): boolean {
  return previous_us === null || watermark_us - previous_us > CALL_MEMORY_US - parseDurationMs(observe.settle) * 1000;
}

/**
 * Settles the calls whose time has come, from what is hot and the batch at hand (if any).
 * @param batch what of the batch is told beside them: how many of its events are of calls that had settled, and whether it has
 * dials
 * @returns how many have settled
 */
async function settle(
  store: Store,
  watermark_us: number,
  observe: Config['observe'],
  batch = { returning_events: 0, has_dials: false },
): Promise<number> {
  await store.run('schema/settled_calls');
  const settled_calls = await store.run('staging/settled_calls', {
    watermark_us,
    settle_us: parseDurationMs(observe.settle) * 1000,
    call_open_us: parseDurationMs(observe.call_open_max) * 1000,
    memory_us: CALL_MEMORY_US,
  });
  const has_settled = settled_calls > 0;
  if (has_settled || batch.returning_events > 0) await store.run('staging/stray_events');
  if (has_settled) {
    await store.run('schema/new_turns');
    if ((await store.run('staging/new_turns', TURN_LIMITS)) > 0) await store.run('staging/turns');
  }
  await store.run('schema/assembled_calls');
  if (has_settled) await store.run('staging/assembled_calls');
  if (has_settled || batch.has_dials) {
    await store.run('schema/batch_sets');
    await store.run('staging/batch_sets');
    if ((await store.run('staging/dimension_sets')) > 0) await registerSets(store);
  }
  if (!has_settled) return 0;
  await store.run('staging/finished_calls');
  await store.run('staging/unit_suspects');
  return settled_calls;
}

/** Of a batch, microseconds. */
export function firstEventUs(batch: Batch): number {
  const times = batch.columns.get('event_time')!.values as BigInt64Array;
  let least = times[0]!;
  for (const time of times) if (time < least) least = time;
  return Number(least);
}

/** Of calls that have not settled, microseconds; Infinity when there is none. */
export async function firstHotUs(store: Store): Promise<number> {
  const { from_us } = (await store.rows('checks/first_hot_event'))[0]!;
  return (from_us as number | null) ?? Number.POSITIVE_INFINITY;
}

function typesPresent(batch: Batch): Set<string> {
  const codes = batch.columns.get('type')!.values as Uint8Array;
  const seen = new Uint8Array(EVENT_TYPES.length);
  for (let row = 0; row < batch.rows; row++) seen[codes[row]!] = 1;
  return new Set(EVENT_TYPES.filter((_, code) => seen[code] === 1));
}

/** How many events of a batch are late. */
export function lateRows(batch: Batch): number {
  const flags = batch.columns.get('is_late')!.values as Uint8Array;
  let count = 0;
  for (let row = 0; row < batch.rows; row++) count += flags[row]!;
  return count;
}
