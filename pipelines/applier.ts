import type { Batch } from '../contracts/batch.js';
import { type Config, type Settings, settingsOf, settingsSchema } from '../contracts/config.js';
import type { Detector } from '../contracts/detector.js';
import type { Directive, JournalEntry } from '../contracts/directive.js';
import type { Fill } from '../contracts/fill.js';
import { type AppliedWithout, batchWithout, journalledOf, rejectedWith, WITHOUT_NOTHING } from './applied-without.js';
import { refreshBaselines } from './baseline.js';
import { derive, firstEventUs, firstHotUs, lateRows, settleHeld, stage } from './derive.js';
import { NOTHING_CLOSED } from './detect/closed-observations.js';
import { Detection } from './detect/detection.js';
import { Expectations, leaveOut } from './detect/expectations.js';
import { DueAcknowledgements } from './due-acknowledgements.js';
import { expire } from './expiry.js';
import { FrameRecords } from './frame-records.js';
import { frameMark } from './land/frame-mark.js';
import type { LandedFrame } from './land.js';
import { LocalHours } from './local-hours.js';
import { type ClosingSpan, closedObservations, observe, registerObserved, revise } from './observe.js';
import {
  acknowledge,
  forgetUnwatched,
  initPolicy,
  noteInJournal,
  openStreams,
  type PolicyContext,
  type PolicyState,
  type PolicyStep,
  policyContext,
  raiseEpoch,
  stepPolicy,
  tickPolicy,
} from './policy/engine.js';
import { recoveryOf } from './policy/recovery.js';
import type { StreamVerdict } from './policy/stream.js';
import {
  type StoredState,
  writeDeliveries,
  writePosition,
  writeRejected,
  writeStreamStates,
  writeUnwatched,
} from './records.js';
import type { SignalFile } from './signal-files.js';
import type { Store } from './store.js';
import { deciding } from './store-failures.js';

/** Before the first event there is no watermark; windows this far before the first batch are looked for. */
const LEAD_US = 3_600_000_000;
/** For statements: earlier than any event. */
const NO_WATERMARK_US = 0;
/** Observations that detectors are given at a time; more only where more close at one and the same time. */
const OBSERVATIONS_MAX = 262_144;

/**
 * Applies frames of the log to the store, one transaction a frame: derive, observe, detect, decide, and the position
 * itself. Everything it does follows from the frames, so applying the log again gives the same store.
 */
export class Applier {
  readonly #store: Store;
  readonly #signals: readonly SignalFile[];
  readonly #detectors: Readonly<Record<string, Detector>>;
  readonly #observations_max: number;
  #settings: Settings;
  #hours: LocalHours;
  #detection: Detection;
  #context: PolicyContext;
  #policy: PolicyState = initPolicy();
  #configuration_version: string | null = null;
  #frame = -1;
  #frame_mark: string | undefined;
  #watermark_us: number | null = null;
  /** Event time up to which acknowledgements are taken, where decisions were passed over; null: up to the watermark. */
  #acknowledged_us: number | null = null;
  #late_events = 0;
  /** Whether detectors and policy see what closes with the frame at hand. */
  #is_deciding = true;
  /** Decided by the frame at hand, written before its transaction ends. */
  #records = new FrameRecords();
  #directives: Directive[] = [];

  /**
   * @param config what frames are applied under until the log names another
   * @param observations_max that detectors are given at a time; results do not depend on it
   */
  constructor(
    store: Store,
    config: Config,
    policy_version: string,
    signals: readonly SignalFile[],
    detectors: Readonly<Record<string, Detector>>,
    observations_max = OBSERVATIONS_MAX,
  ) {
    this.#store = store;
    this.#signals = signals;
    this.#detectors = detectors;
    this.#observations_max = observations_max;
    this.#settings = settingsOf(config);
    this.#hours = new LocalHours(this.#settings);
    this.#detection = this.#newDetection();
    this.#context = policyContext(this.#settings.policy, policy_version, recoveryOf(detectors));
  }

  /** Ordinal of the last frame that is applied; -1 before the first. */
  get frame(): number {
    return this.#frame;
  }

  get watermark_us(): number | null {
    return this.#watermark_us;
  }

  get configuration_version(): string | null {
    return this.#configuration_version;
  }

  /** What the next frame is applied under. */
  get settings(): Settings {
    return this.#settings;
  }

  get epoch(): number {
    return this.#policy.epoch;
  }

  get open_episodes(): number {
    return this.#policy.open.length;
  }

  /** What is bounded of what is watched, and how full it is. */
  get fills(): readonly Fill[] {
    return this.#detection.fills;
  }

  get directives_issued(): number {
    return this.#policy.seq;
  }

  /** Whether the frame that was applied last, as the log has it, is the one that this store has applied. */
  hasApplied(frame: LandedFrame): boolean {
    return this.#frame_mark === undefined || this.#frame_mark === frameMark(frame);
  }

  /** Takes up where the store stands. */
  async restore(): Promise<void> {
    const row = (await this.#store.rows('staging/pipeline_state'))[0];
    const state = row === undefined ? null : (JSON.parse(row.state as string) as StoredState);
    if (state !== null) this.#use(settingsSchema.parse(state.settings), state.configuration_version);
    await registerObserved(this.#store, this.#signals, this.#settings);
    const expectations = await Expectations.load(this.#store, this.#hours);
    if (expectations !== null) this.#detection.expect(expectations);
    if (row === undefined || state === null) return;
    this.#frame = row.frame as number;
    this.#frame_mark = state.frame_mark;
    this.#watermark_us = row.watermark_us as number | null;
    this.#policy = state.policy;
    this.#acknowledged_us = state.acknowledged_us ?? null;
    this.#configuration_version = state.configuration_version;
    const streams = await this.#store.rows('staging/stream_states');
    this.#detection.restore({
      streams: Object.fromEntries(streams.map(({ stream, state: text }) => [stream, JSON.parse(text as string)])),
      relationships: state.relationships,
    });
  }

  #newDetection(): Detection {
    const signals = this.#signals.map(({ signal }) => signal);
    return new Detection(this.#settings, signals, this.#detectors);
  }

  #use(settings: Settings, version: string | null): void {
    this.#settings = settings;
    this.#hours = new LocalHours(settings);
    this.#detection = this.#newDetection();
    this.#context = policyContext(
      settings.policy,
      version ?? this.#context.policy_version,
      recoveryOf(this.#detectors),
    );
  }

  /**
   * Applies one frame; gives the directives it issued, which are in the store when this resolves. `onStaged` is called
   * once the batch has been scanned: until then the thread that decodes had better wait. A control entry has no batch.
   */
  async apply(
    frame: LandedFrame,
    onStaged: () => void = () => undefined,
    without = WITHOUT_NOTHING,
  ): Promise<readonly Directive[]> {
    await this.#store.transaction(() => this.#derive(frame, onStaged, without));
    this.#frame = frame.ordinal;
    this.#frame_mark = undefined;
    return this.#directives;
  }

  /** Tries to apply a frame, of which nothing stays in the store; what this has in memory is of no use afterwards. */
  async rehearse(frame: LandedFrame, without: AppliedWithout): Promise<void> {
    const rolled_back = new Error('rehearsed');
    const rehearsed = this.#store.transaction(async () => {
      await this.#derive(frame, () => undefined, without);
      throw rolled_back;
    });
    await rehearsed.catch((error: unknown) => {
      if (error !== rolled_back) throw error;
    });
  }

  async #derive(frame: LandedFrame, onStaged: () => void, without: AppliedWithout): Promise<void> {
    const { left_out, passed_over } = without;
    this.#records = new FrameRecords();
    this.#directives = [];
    this.#late_events = frame.conservation.late;
    this.#is_deciding = passed_over === null;
    await writeRejected(this.#store, frame.ordinal, rejectedWith(frame, without));
    if (left_out !== null) await this.#store.run('staging/hot_events_left_out');
    if (passed_over !== null) this.#note('frame_passed_over', String(frame.ordinal), journalledOf(passed_over));
    if (frame.kind === 'events' && frame.batch.rows > 0)
      await this.#applyEvents(batchWithout(frame.batch, without), frame.watermark_us, onStaged);
    else {
      if (frame.kind === 'events' && frame.batch.dictionary_additions.size > 0) await stage(this.#store, frame.batch);
      onStaged();
      // Events that have come again may be all that moves event time.
      if (passed_over?.passed_over !== 'frame')
        await (frame.kind === 'control' ? this.#applyControl(frame) : this.#comeTo(frame.watermark_us));
    }
    await this.#write(frame);
  }

  async #applyEvents(batch: Batch, watermark_us: number, onStaged: () => void): Promise<void> {
    await stage(this.#store, batch);
    onStaged();
    if (batch.rows === 0) return;
    const first_us = Math.min(firstEventUs(batch), await this.#firstHeldUs());
    const reached = { previous_us: this.#watermark_us, watermark_us: Math.max(watermark_us, NO_WATERMARK_US) };
    await derive(this.#store, batch, reached, this.#settings.observe);
    if (await this.#advance(watermark_us, first_us)) return;
    // What has come late may be of windows that closed before: it does not wait for others to close.
    if (this.#watermark_us !== null && lateRows(batch) > 0)
      await revise(this.#store, this.#signals, this.#settings, this.#watermark_us);
  }

  async #applyControl({ entry, watermark_us, ordinal }: LandedFrame & { kind: 'control' }): Promise<void> {
    switch (entry.kind) {
      case 'baseline_refresh':
        await this.#refresh(entry.as_of_us, ordinal);
        return;
      case 'input_idle':
      case 'input_ended':
      case 'drained':
        await this.#comeTo(watermark_us);
        return;
      case 'configured':
        await this.#configure(entry.version, entry.settings);
        return;
      case 'epoch':
        this.#policy = raiseEpoch(this.#policy, entry.epoch);
        return;
      case 'forgotten':
        // Frames hold the stand-in already; a store that had applied them before is blanked by who forgets.
        return;
      case 'delivered':
        await writeDeliveries(this.#store, entry);
    }
  }

  /** Event time comes to a watermark without any event. */
  async #comeTo(watermark_us: number): Promise<void> {
    if (watermark_us <= (this.#watermark_us ?? Number.NEGATIVE_INFINITY)) return;
    const first_us = await this.#firstHeldUs();
    await settleHeld(this.#store, { previous_us: this.#watermark_us, watermark_us }, this.#settings.observe);
    await this.#advance(watermark_us, first_us);
  }

  /** The first event that an input without one has held back, microseconds; Infinity when none has been. */
  async #firstHeldUs(): Promise<number> {
    return this.#watermark_us === null ? await firstHotUs(this.#store) : Number.POSITIVE_INFINITY;
  }

  /** Another configuration: streams that it watches in the same way keep their evidence, others begin afresh. */
  async #configure(version: string, landed: Settings | undefined): Promise<void> {
    this.#configuration_version = version;
    this.#note('policy_changed', version, {});
    if (landed === undefined) return;
    // Keys that came after the version that landed it have their defaults.
    const settings = settingsSchema.parse(landed);
    const before = this.#detection;
    this.#use(settings, version);
    await registerObserved(this.#store, this.#signals, settings);
    await leaveOut(this.#store, settings.detect.streams_max, this.#watermark_us ?? 0);
    const expectations = await Expectations.load(this.#store, this.#hours);
    if (expectations !== null) this.#detection.expect(expectations);
    await this.#store.run('staging/stream_states_emptied');
    this.#detection.takeOver(before, openStreams(this.#policy));
    this.#policy = forgetUnwatched(this.#policy, (key) => this.#detection.watches(key));
  }

  /** Where the watermark has moved, windows close, detectors look, the policy decides; gives whether it has. */
  async #advance(watermark_us: number, first_us: number): Promise<boolean> {
    const previous_us = this.#watermark_us ?? Math.min(first_us, watermark_us) - LEAD_US;
    if (watermark_us <= previous_us) return false;
    const observations = await observe(this.#store, this.#signals, previous_us, watermark_us);
    const acknowledged_us = this.#acknowledged_us ?? this.#watermark_us ?? Number.MIN_SAFE_INTEGER;
    this.#acknowledged_us = this.#is_deciding ? null : acknowledged_us;
    this.#watermark_us = watermark_us;
    if (this.#is_deciding) await this.#close({ previous_us, watermark_us, observations }, acknowledged_us);
    if (this.#late_events > 0) await revise(this.#store, this.#signals, this.#settings, watermark_us);
    if (this.#is_deciding) this.#tick(watermark_us);
    return true;
  }

  /** Detectors and policy see what closes between two watermarks, and acknowledgements as event time comes to them. */
  async #close({ previous_us, watermark_us, observations }: ClosingSpan, acknowledged_us: number): Promise<void> {
    const due = new DueAcknowledgements(this.#store, acknowledged_us, watermark_us);
    // An input that held the watermark back lets go of any amount of it: it is taken in portions.
    for (let from_us = previous_us; from_us < watermark_us; ) {
      const until_us = await this.#reach(from_us, await due.reach(), observations);
      if (this.#detection.expectations !== null) {
        const closed = observations === 0 ? NOTHING_CLOSED : await closedObservations(this.#store, from_us, until_us);
        deciding(() => this.#detection.feed(closed, until_us, (verdicts) => this.#decide(verdicts, due)));
      }
      // All verdicts up to this time are in, and acknowledgements of the same time come after them.
      deciding(() => this.#acknowledge(due, until_us + 1));
      if (until_us < watermark_us) await this.#writeDecided();
      from_us = Math.max(from_us, until_us);
    }
  }

  /** How far event time goes at once, up to a time: as far as what detectors are given has its bound. */
  async #reach(from_us: number, until_us: number, observations: number): Promise<number> {
    if (this.#detection.expectations === null || observations <= this.#observations_max) return until_us;
    const span = { from_us, until_us, rows_max: this.#observations_max };
    return Number((await this.#store.rows('staging/new_observations_reach', span))[0]!.until_us);
  }

  #decide(verdicts: readonly StreamVerdict[], due: DueAcknowledgements): readonly string[] {
    this.#acknowledge(due, verdicts[0]!.closed_us);
    this.#records.takeVerdicts(verdicts);
    const step = stepPolicy(this.#policy, verdicts, this.#context);
    this.#take(step);
    return step.resets;
  }

  /** What fell due before an acknowledgement is settled before it is taken: when it is told must not matter. */
  #acknowledge(due: DueAcknowledgements, before_us: number): void {
    for (const acknowledgement of due.before(before_us)) {
      this.#tick(acknowledgement.at_us);
      const { state, journal } = acknowledge(this.#policy, acknowledgement);
      this.#policy = state;
      this.#records.note(journal);
    }
  }

  #tick(at_us: number): void {
    this.#take(deciding(() => tickPolicy(this.#policy, at_us, this.#context)));
  }

  #take(step: PolicyStep): void {
    this.#policy = step.state;
    this.#records.takeStep(step);
  }

  async #writeDecided(): Promise<void> {
    await writeUnwatched(this.#store, this.#detection.takeRefused());
    this.#directives.push(...(await this.#records.write(this.#store, this.#settings)));
  }

  async #refresh(as_of_us: number, frame: number): Promise<void> {
    const version = await refreshBaselines(this.#store, this.#settings, this.#hours, as_of_us);
    await expire(this.#store, this.#signals, this.#settings, { as_of_us, frame });
    if (version === null) return;
    await leaveOut(this.#store, this.#settings.detect.streams_max, this.#watermark_us ?? 0);
    const expectations = (await Expectations.load(this.#store, this.#hours))!;
    const forgotten = deciding(() => this.#detection.expect(expectations, openStreams(this.#policy)));
    this.#policy = forgetUnwatched(this.#policy, (key) => this.#detection.watches(key), forgotten);
    await this.#store.run('staging/stream_states_forgotten', { streams: JSON.stringify(forgotten) });
    const { log_threshold, relationship_log_threshold } = version;
    this.#note('baseline_refreshed', version.version, { as_of_us, log_threshold, relationship_log_threshold });
  }

  #note(kind: JournalEntry['kind'], subject: string, body: Record<string, unknown>): void {
    const at_us = this.#watermark_us ?? 0;
    this.#records.note([noteInJournal(this.#policy, { at_us, kind, subject, body })]);
  }

  async #write(frame: LandedFrame): Promise<void> {
    await this.#writeDecided();
    await writeStreamStates(this.#store, frame.ordinal, this.#detection.takeChanged());
    const stored: StoredState = {
      policy: this.#policy,
      relationships: this.#detection.relationshipStates(),
      configuration_version: this.#configuration_version,
      settings: this.#settings,
      frame_mark: frameMark(frame),
      ...(this.#acknowledged_us === null ? {} : { acknowledged_us: this.#acknowledged_us }),
    };
    await writePosition(this.#store, frame, this.#watermark_us, stored);
  }
}
