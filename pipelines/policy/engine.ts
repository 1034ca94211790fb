import type { JournalEntry } from '../../contracts/directive.js';
import type { Episode } from '../../contracts/episode.js';
import type { PolicyContext } from './context.js';
import { Decisions, noteInJournal, type PolicyStep } from './decisions.js';
import type { AcknowledgedStatus, Lease } from './directives.js';
import { type EpisodeChange, initTrack, isCalm, type StreamVerdict, stepTrack } from './episodes.js';
import { foldedInto, withFolded } from './folding.js';
import { matches } from './rules.js';
import { advance, remember, settle, standsInFor } from './settle.js';
import { allLeases, type PolicyState } from './state.js';
import { streamKey } from './stream.js';

/**
 * The policy: verdicts of many streams in, episodes, directives and journal entries out. Pure: no clock, randomness or
 * I/O; time is event time. As with detectors, a step may write into the state it was given: keep the one it returns.
 *
 * Whatever falls due by itself (a lease that runs out, a renewal, an episode that has persisted long enough) is settled
 * at the very time it falls due, before anything later is looked at. So it does not matter how often `tickPolicy` is
 * called: it changes when something is said, never what.
 */

export { type PolicyContext, policyContext } from './context.js';
export { noteInJournal, type PolicyStep } from './decisions.js';
export { forgetUnwatched, initPolicy, openStreams, type PolicyState, raiseEpoch } from './state.js';

/** Takes the verdicts of one event time: all inputs share `closed_us` and come in a fixed order (by stream). */
export function stepPolicy(state: PolicyState, inputs: readonly StreamVerdict[], context: PolicyContext): PolicyStep {
  const decisions = new Decisions(state);
  if (inputs.length === 0) return decisions.step();
  advance(decisions, inputs[0]!.closed_us, context);
  let has_tracks = Object.keys(state.tracks).length > 0;
  for (const input of inputs) {
    // Nearly every window is quiet in a healthy stream. While all of them are, it costs not even the stream's name.
    if (!has_tracks && isCalm(input.verdict)) continue;
    stepStream(decisions, input, context);
    has_tracks = true;
  }
  settle(decisions, context);
  return decisions.step();
}

/** Event time has come to `at_us` without a verdict: settles what fell due. */
export function tickPolicy(state: PolicyState, at_us: number, context: PolicyContext): PolicyStep {
  const decisions = new Decisions(state);
  advance(decisions, at_us, context);
  return decisions.step();
}

function stepStream(decisions: Decisions, input: StreamVerdict, context: PolicyContext): void {
  const { tracks } = decisions.state;
  const key = streamKey(input.stream);
  const track = tracks[key];
  if (track === undefined && isCalm(input.verdict)) return;
  const step = stepTrack(track ?? initTrack(), input, context);
  if (step.changes[0]?.kind === 'opened' && fold(decisions, key, step.changes[0].episode, input, context)) return;
  if (step.track !== track) {
    if (step.track.state === 'healthy' && step.track.last === null) delete tracks[key];
    else tracks[key] = step.track;
  }
  for (const change of step.changes) takeChange(decisions, key, change, input);
  if (step.reset_detector) decisions.resets.push(key);
  // What was folded gathered its evidence from the cause that is over now.
  const is_over = step.changes.some(({ kind }) => kind === 'closed');
  if (is_over && track?.open) decisions.resets.push(...track.open.folded_keys);
}

/**
 * Folds a drift that would open an episode into the first open one that explains it. A drift that a rule would answer is
 * folded only while the episode has that very action in force, no less bindingly: nothing that is to be done is lost.
 * Whether it was folded.
 */
function fold(
  decisions: Decisions,
  key: string,
  opening: Episode,
  input: StreamVerdict,
  context: PolicyContext,
): boolean {
  const { state } = decisions;
  const rule = context.rules.find((one) => matches(one, opening));
  for (const { stream_key, episode_id, leases } of state.open) {
    const track = state.tracks[stream_key]!;
    const open = track.open!;
    if (rule !== undefined && !leases.some((lease) => standsInFor(lease, rule))) continue;
    const drift = foldedInto(open, input, context);
    if (drift === null) continue;
    state.tracks[key] = { ...(state.tracks[key] ?? initTrack()), state: 'suspect' };
    const episode = withFolded(open.episode, drift);
    if (episode === open.episode) return true;
    const folded_keys = [...open.folded_keys, key];
    state.tracks[stream_key] = { ...track, open: { ...open, episode, folded_keys } };
    decisions.episodes.set(episode_id, episode);
    const { detected_us, ...body } = drift;
    decisions.note({ at_us: detected_us, kind: 'episode_folded', subject: episode_id, body });
    return true;
  }
  return false;
}

function takeChange(decisions: Decisions, key: string, change: EpisodeChange, input: StreamVerdict): void {
  const { episode, at_us } = change;
  const { state } = decisions;
  decisions.episodes.set(episode.id, episode);
  if (change.kind === 'opened') {
    state.open.push({ stream_key: key, episode_id: episode.id, withheld: null, leases: [] });
    const { verdict, folded, ...body } = episode;
    const { log_evidence, log_threshold, effect, effect_confidence } = input.verdict;
    const evidence = { log_evidence, log_threshold, effect, effect_confidence };
    decisions.note({ at_us, kind: 'episode_opened', subject: episode.id, body: { ...body, evidence } });
    return;
  }
  if (change.kind === 'changed') {
    decisions.note({ at_us, kind: 'episode_changed', subject: episode.id, body: { state: episode.state } });
    return;
  }
  const entry = state.open.find((one) => one.episode_id === episode.id)!;
  state.open = state.open.filter((one) => one !== entry);
  for (const lease of entry.leases)
    if (lease.is_expired) remember(state, lease);
    else state.lapsing.push(lease);
  // Closing sends nothing: the control plane falls back by itself when these leases run out.
  const running = entry.leases.filter((lease) => !lease.is_expired).map((lease) => lease.directive_id);
  const body = { detected_us: episode.detected_us, left_to_run_out: running };
  decisions.note({ at_us, kind: 'episode_closed', subject: episode.id, body });
}

/** Whether a stream has an open episode: then only its windows are looked at, and its detector may rest. */
export function hasOpenEpisode(state: PolicyState, stream_key: string): boolean {
  return (state.tracks[stream_key]?.open ?? null) !== null;
}

/** What the control plane says of a directive, as it came in from the log. */
export interface Acknowledgement {
  readonly directive_id: string;
  readonly status: AcknowledgedStatus;
  /** Event time of the acknowledgement, microseconds. */
  readonly at_us: number;
}

/**
 * Takes an acknowledgement. A rejected directive is no longer in force and is not renewed. The same word twice, or one
 * about a directive that is not remembered, changes nothing.
 */
export function acknowledge(
  state: PolicyState,
  { directive_id, status, at_us }: Acknowledgement,
): { readonly state: PolicyState; readonly journal: readonly JournalEntry[] } {
  const known = leaseOf(state, directive_id) ?? state.settled.find((one) => one.directive_id === directive_id);
  if (known === undefined || known.status === status) return { state, journal: [] };
  known.status = status;
  const draft = { at_us, kind: 'directive_acknowledged', subject: directive_id, body: { status } } as const;
  return { state, journal: [noteInJournal(state, draft)] };
}

function leaseOf(state: PolicyState, directive_id: string): Lease | undefined {
  for (const lease of allLeases(state)) if (lease.directive_id === directive_id) return lease;
  return undefined;
}
