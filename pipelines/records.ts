import type { Attribution } from '../contracts/attribution.js';
import type { ControlEntry } from '../contracts/control-entry.js';
import type { Directive, JournalEntry } from '../contracts/directive.js';
import type { Episode } from '../contracts/episode.js';
import type { SignalKind } from '../contracts/signal.js';
import type { DetectionState } from './detect/detection.js';
import type { RefusedStream } from './detect/watch-room.js';
import { leavesOf, sizeOf } from './detect/window.js';
import { type Grounds, pointsText } from './inspection/grounds.js';
import { type LandedFrame, type Rejected, rejectedId } from './land.js';
import type { PolicyState } from './policy/engine.js';
import type { StreamVerdict } from './policy/stream.js';
import type { AppendColumn, Store } from './store.js';

/** Writes what was decided into the store: a row each, appended in batches. */

const text = (values: readonly (string | null)[]): AppendColumn => ({ type: 'text', values });
const double = (values: readonly number[]): AppendColumn => ({ type: 'double', values: values.map(finite) });
const integer = (values: readonly number[]): AppendColumn => ({ type: 'integer', values });
const timestamp = (values: readonly (number | null)[]): AppendColumn => ({
  type: 'timestamp',
  values: values.map((us) => (us === null ? null : Math.round(us))),
});

/** Evidence may be minus infinity before the first window; DuckDB's statistics do not like it. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : Math.sign(value) * 1e9 || 0;
}

export async function writeVerdicts(store: Store, verdicts: readonly StreamVerdict[]): Promise<void> {
  await store.append('verdicts', [
    text(verdicts.map(({ stream }) => stream.signal)),
    text(verdicts.map(({ stream }) => stream.relationship)),
    text(verdicts.map(({ stream }) => stream.segment)),
    text(verdicts.map(({ stream }) => stream.detector)),
    timestamp(verdicts.map(({ window }) => window.start_us)),
    timestamp(verdicts.map(({ window }) => window.end_us)),
    timestamp(verdicts.map(({ closed_us }) => closed_us)),
    integer(verdicts.map(({ window }) => window.n)),
    double(verdicts.map(observedOf)),
    double(verdicts.map(expectedOf)),
    double(verdicts.map(({ window }) => window.expected.dispersion)),
    double(verdicts.map(({ verdict }) => verdict.log_evidence)),
    double(verdicts.map(({ verdict }) => verdict.log_threshold)),
    text(verdicts.map(({ verdict }) => verdict.state)),
    text(verdicts.map(({ verdict }) => verdict.direction)),
    double(verdicts.map(({ verdict }) => verdict.effect)),
    text(verdicts.map(({ baseline_version }) => baseline_version)),
    text(verdicts.map(({ window }) => leavesOf(window.expected))),
    double(verdicts.map(({ window }) => window.expected.leaves?.share ?? 0)),
  ]);
}

/** The level; for a relationship the correlation, for a mix the share of the part that is told, 0 while none is. */
function expectedOf({ stream, window, verdict }: StreamVerdict): number {
  if (stream.kind !== 'relationship') return window.expected.level;
  return window.expected_correlation?.correlation ?? verdict.details?.r0 ?? 0;
}

/** The window's own level; for a relationship that since the change, 0 while none is suspected. */
function observedOf({ stream, window, verdict }: StreamVerdict): number {
  if (stream.kind === 'relationship') return verdict.details?.r ?? 0;
  return window.total / Math.max(sizeOf(stream.kind as SignalKind, window), 1e-12);
}

/** Writes episodes in their latest state; an older row of the same episode goes. */
export async function writeEpisodes(store: Store, episodes: readonly Episode[]): Promise<void> {
  if (episodes.length === 0) return;
  await store.run('staging/episodes_superseded', { ids: JSON.stringify(episodes.map(({ id }) => id)) });
  await store.append('episodes', [
    text(episodes.map(({ id }) => id)),
    text(episodes.map(({ signal }) => signal)),
    text(episodes.map(({ relationship }) => relationship)),
    text(episodes.map(({ segment }) => segment)),
    text(episodes.map(({ direction }) => direction)),
    { type: 'boolean', values: episodes.map(({ is_harmful }) => is_harmful) },
    text(episodes.map(({ label }) => label)),
    text(episodes.map(({ part }) => part)),
    timestamp(episodes.map(({ began_us }) => began_us)),
    timestamp(episodes.map(({ detected_us }) => detected_us)),
    timestamp(episodes.map(({ closed_us }) => closed_us)),
    text(episodes.map(({ state }) => state)),
    double(episodes.map(({ expected }) => expected)),
    double(episodes.map(({ expected_low }) => expected_low)),
    double(episodes.map(({ expected_high }) => expected_high)),
    double(episodes.map(({ observed }) => observed)),
    double(episodes.map(({ units }) => units)),
    text(episodes.map(({ severity }) => severity)),
    double(episodes.map(({ verdict }) => verdict.log_evidence)),
    double(episodes.map(({ verdict }) => verdict.log_threshold)),
    text(episodes.map(({ baseline_version }) => baseline_version)),
    text(episodes.map(({ detector }) => detector)),
    text(episodes.map(({ verdict }) => JSON.stringify(verdict))),
    text(episodes.map(({ folded }) => JSON.stringify(folded))),
    text(episodes.map(({ leaves }) => leaves)),
  ]);
}

/** Writes where the excess of each episode came from, as known at its detection. */
export async function writeAttributions(
  store: Store,
  attributions: readonly (readonly [episode_id: string, attribution: Attribution])[],
): Promise<void> {
  await store.append('attributions', [
    text(attributions.map(([episode_id]) => episode_id)),
    text(attributions.map(([, attribution]) => JSON.stringify(attribution))),
  ]);
}

/** Writes what each episode rested on when it was detected. */
export async function writeGrounds(
  store: Store,
  grounds: readonly (readonly [episode_id: string, grounds: Grounds])[],
): Promise<void> {
  const known = grounds.map(([, one]) => one);
  const nullable = (values: readonly (number | null)[]): AppendColumn => ({ type: 'double', values });
  await store.append('grounds', [
    text(grounds.map(([episode_id]) => episode_id)),
    text(known.map(({ level }) => level?.segment ?? null)),
    nullable(known.map(({ level }) => level?.level ?? null)),
    nullable(known.map(({ level }) => level?.standard_error ?? null)),
    nullable(known.map(({ level }) => level?.dispersion ?? null)),
    nullable(known.map(({ level }) => level?.n_effective ?? null)),
    timestamp(known.map(({ history_from_us }) => history_from_us)),
    timestamp(known.map(({ history_to_us }) => history_to_us)),
    text(known.map(({ parts }) => parts?.join(',') ?? null)),
    integer(known.map(({ calls }) => calls)),
    { type: 'integer', values: known.map(({ first_seq }) => first_seq) },
    { type: 'integer', values: known.map(({ last_seq }) => last_seq) },
    text(known.map(({ counts }) => JSON.stringify(counts))),
    text(known.map(({ segments }) => JSON.stringify(segments))),
    text(known.map(({ points }) => pointsText(points))),
  ]);
}

export async function writeDirectives(store: Store, directives: readonly Directive[]): Promise<void> {
  await store.append('directives', [
    text(directives.map(({ id }) => id)),
    text(directives.map(({ action }) => action)),
    text(directives.map(({ target }) => target)),
    text(directives.map(({ value }) => String(value))),
    text(directives.map(({ unit }) => unit)),
    text(directives.map(({ mode }) => mode)),
    integer(directives.map(({ epoch }) => epoch)),
    integer(directives.map(({ seq }) => seq)),
    timestamp(directives.map(({ issued_at }) => Date.parse(issued_at) * 1000)),
    timestamp(directives.map(({ expires_at }) => Date.parse(expires_at) * 1000)),
    text(directives.map(({ episode_id }) => episode_id)),
    text(directives.map(({ rule }) => rule)),
    text(directives.map((directive) => JSON.stringify(directive))),
  ]);
}

export async function writeJournal(store: Store, entries: readonly JournalEntry[]): Promise<void> {
  await store.append('journal', [
    integer(entries.map(({ ordinal }) => ordinal)),
    timestamp(entries.map(({ at_us }) => at_us)),
    text(entries.map(({ kind }) => kind)),
    text(entries.map(({ subject }) => subject)),
    text(entries.map(({ body }) => body)),
    text(entries.map(({ hash }) => hash)),
  ]);
}

export async function writeDeliveries(
  store: Store,
  entry: Extract<ControlEntry, { kind: 'delivered' }>,
): Promise<void> {
  const { sink, directive_ids, is_expired = false } = entry;
  await store.append('deliveries', [
    text(directive_ids.map(() => sink)),
    text([...directive_ids]),
    text(directive_ids.map(() => (is_expired ? 'expired' : 'taken'))),
  ]);
}

/** Writes which streams there was no room to watch; those that are written down already stay as they are. */
export async function writeUnwatched(store: Store, refused: readonly RefusedStream[]): Promise<void> {
  if (refused.length > 0) await store.run('staging/unwatched_streams_refused', { refused: JSON.stringify(refused) });
}

/** What is known of lines that were kept out. Their bytes stay in the log, where whoever reads, blanks or drops them looks. */
export async function writeRejected(store: Store, frame: number, rejected: readonly Rejected[]): Promise<void> {
  await store.append('rejected', [
    text(rejected.map((_, index) => rejectedId(frame, index))),
    text(rejected.map(({ input }) => input)),
    text(rejected.map(({ partition }) => partition)),
    integer(rejected.map(({ offset }) => offset)),
    text(rejected.map(({ reason }) => reason)),
    text(rejected.map(({ detail }) => detail)),
    integer(rejected.map(({ bytes_length }) => bytes_length)),
    text(rejected.map(({ content_hash }) => content_hash)),
  ]);
}

/** Writes the states of streams as they are after a frame, in place of what they were. */
export async function writeStreamStates(
  store: Store,
  frame: number,
  states: readonly (readonly [stream: string, state: unknown])[],
): Promise<void> {
  if (states.length === 0) return;
  await store.append('stream_states', [
    text(states.map(([stream]) => stream)),
    integer(states.map(() => frame)),
    text(states.map(([, state]) => JSON.stringify(state))),
  ]);
  await store.run('staging/stream_states_superseded', { frame });
}

/** What is kept in `pipeline_state` beside the position. */
export interface StoredState {
  policy: PolicyState;
  relationships: DetectionState['relationships'];
  configuration_version: string | null;
  settings: unknown;
  /** Of the frame that was applied last; not there in stores of before. */
  frame_mark?: string;
  /** Event time up to which acknowledgements are taken; only where decisions were passed over since, microseconds. */
  acknowledged_us?: number;
}

/** Writes how far the store has come, with the state that belongs to it. @param watermark_us null before the first event */
export async function writePosition(
  store: Store,
  { ordinal, conservation }: LandedFrame,
  watermark_us: number | null,
  state: StoredState,
): Promise<void> {
  await store.run('staging/pipeline_state_emptied');
  await store.append('pipeline_state', [
    integer([ordinal]),
    timestamp([watermark_us]),
    text([JSON.stringify(conservation)]),
    text([JSON.stringify(state)]),
  ]);
}
