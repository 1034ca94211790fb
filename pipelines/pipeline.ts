import { isDeepStrictEqual } from 'node:util';
import { schedule as cronSchedule } from 'node-cron';
import type { ComparisonReport, ComparisonRequest } from '../contracts/comparison-report.js';
import { settingsOf } from '../contracts/config.js';
import type { ControlEntry } from '../contracts/control-entry.js';
import type { Directive } from '../contracts/directive.js';
import { parseDurationMs } from '../contracts/duration.js';
import type { Fill } from '../contracts/fill.js';
import type { DigestReport, Explanation, ReplayResult, StatusReport } from '../contracts/reports.js';
import type { ReviewReport, ReviewRequest } from '../contracts/review-report.js';
import type { SeriesPoint } from '../contracts/series-point.js';
import type { OpenSink } from '../contracts/sink.js';
import type { SourceChunk } from '../contracts/source.js';
import type { Applier } from './applier.js';
import { Archiving } from './archiving.js';
import type { AnswerEnds } from './asked-queries.js';
import { AskedWork } from './asked-work.js';
import { configurationVersion } from './configuration.js';
import { openDerived, settled } from './derived-store.js';
import { type DirectoryLock, lockDirectory } from './directory-lock.js';
import { FileTurns } from './file-turns.js';
import { resumeForgetting } from './forget-person.js';
import { compareSides } from './inspection/comparison.js';
import { digestOf } from './inspection/digest.js';
import { explain } from './inspection/explanation.js';
import { inputReports, resultOf, statusOf } from './inspection/result.js';
import { reviewPeriod } from './inspection/review.js';
import { storeSignals } from './inspection/store-signals.js';
import { storedSeries } from './inspection/stored-series.js';
import { guardedDisk, systemDisk } from './land/log-disk.js';
import { type LandedFrame, Landing } from './land.js';
import { Mailbox } from './mailbox.js';
import { type Happening, hasPassed, type OpenInput, openInputs, TICK_MS } from './open-inputs.js';
import { openSinks } from './open-sinks.js';
import { Operations } from './operations.js';
import { type PipelineOptions, type PipelineProgress, warning } from './pipeline-options.js';
import { KeyRing } from './privacy/key-ring.js';
import { QuietInputs } from './quiet-inputs.js';
import { emitLimits, Relay } from './relay.js';
import { nextScheduled } from './schedule.js';
import { maturityUs, readSignalFiles, type SignalFile } from './signal-files.js';
import type { Store } from './store.js';
import { StoreTurns } from './store-turns.js';

export type { PipelineInput, PipelineOptions, PipelineProgress } from './pipeline-options.js';

/** One run over one data directory: sources are landed, the log is applied, directives go to the sinks. */
export class Pipeline {
  readonly store: Store;
  readonly operations: Operations;
  readonly #options: PipelineOptions;
  readonly #signals: readonly SignalFile[];
  readonly #applier: Applier;
  readonly #landing: Landing;
  readonly #relay: Relay;
  readonly #lock: DirectoryLock;
  readonly #landed_before: number;
  #boundary_us: number | null = null;
  readonly #turns: StoreTurns;
  readonly #asked = new AskedWork();
  readonly #archiving: Archiving;
  readonly #files = new FileTurns();
  readonly #other_fills = new Map<string, Fill>();
  #ends: AnswerEnds = [];

  private constructor(
    options: PipelineOptions,
    signals: readonly SignalFile[],
    store: Store,
    applier: Applier,
    landing: Landing,
    sinks: Map<string, OpenSink>,
    lock: DirectoryLock,
  ) {
    this.#options = options;
    this.#signals = signals;
    this.store = store;
    this.#applier = applier;
    this.#landing = landing;
    this.#turns = new StoreTurns(options.data_dir);
    this.#relay = new Relay({
      sinks,
      limits: emitLimits(options.config.emit),
      wait: options.wait,
      // Events that are replayed have a time of their own, in which no lease has run out.
      nowUs: () => (options.live ? options.clock.nowUs() : 0),
      undelivered: (sink, directives_max) => this.#undelivered(sink, directives_max),
      record: async ({ sink, delivered, expired }) => {
        await this.#delivered({ sink, directive_ids: [...delivered] });
        await this.#delivered({ sink, directive_ids: [...expired], is_expired: true });
      },
      warn: warning(options),
    });
    this.#lock = lock;
    this.#landed_before = landing.conservation.landed;
    const { data_dir, clock, config } = options;
    const shared = { data_dir, files: this.#files, nowUs: () => clock.nowUs(), warn: warning(options) };
    const appliedFrame = () => applier.frame;
    this.#archiving = new Archiving({ ...shared, config: config.land, log: landing.log, appliedFrame });
    this.operations = new Operations({
      ...shared,
      asked: this.#asked,
      landing,
      archiving: this.#archiving,
      store,
      settled: (work) => settled({ ...options, write: shared.warn }, work),
      reading: (work) => this.reading(work),
      land: (chunk) => this.#land(chunk),
      flush: () => this.#flush(),
      control: (entry) => this.#control(entry),
      settle: () => (options.live ? this.#turns.idle() : this.#settle()),
      applied: () => this.#turns.idle(),
    });
  }

  /**
   * Takes the data directory, applies what the log holds beyond the store, and takes the log over with a raised epoch.
   * @throws PlumblineError DATA_DIRECTORY_IN_USE
   */
  static async open(options: PipelineOptions): Promise<Pipeline> {
    const lock = await lockDirectory(options.data_dir, options.standby);
    try {
      await options.onOwned?.();
      return await Pipeline.#openLocked(options, lock);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  static async #openLocked(options: PipelineOptions, lock: DirectoryLock): Promise<Pipeline> {
    const { config, data_dir, clock, key_seed } = options;
    const signals = readSignalFiles(config.signals_dir);
    const version = configurationVersion(options.config_text);
    const write = warning(options);
    const ring = new KeyRing(data_dir, key_seed, config.land.master_key_file);
    const settle = <Result>(work: () => Promise<Result>) => settled({ ...options, write }, work);
    const beforeReading = await resumeForgetting(data_dir, ring, settle, clock.nowUs() / 1000);
    const { store, applier, left_out } = await openDerived({ ...options, write, beforeReading }, signals);
    const disk = guardedDisk(options.disk ?? systemDisk, () => lock.assertHeld());
    let landing: Landing | undefined;
    try {
      landing = await settle(() => Landing.open({ data_dir, config: config.land, clock, key_seed, disk, warn: write }));
      if (landing.torn !== null)
        write(`the end of the log was torn: ${landing.torn.cut_bytes} bytes of ${landing.torn.file} are cut off`);
      const sinks = await openSinks(options);
      const pipeline = new Pipeline(options, signals, store, applier, landing, sinks, lock);
      pipeline.#other_fills.set(left_out.queue, left_out);
      await pipeline.#begin(version);
      return pipeline;
    } catch (error) {
      // A store that stays open here and is opened again in this process would be damaged.
      await landing?.close().catch(() => undefined);
      await store.close();
      throw error;
    }
  }

  /** The log is taken over: under a raised epoch, and under this configuration when it is another. */
  async #begin(version: string): Promise<void> {
    const applier = this.#applier;
    const raised = applier.epoch + (applier.frame < 0 ? 0 : 1);
    await this.#control({ kind: 'epoch', epoch: Math.max(raised, this.#landing.log.epoch_min) });
    const settings = settingsOf(this.#options.config);
    if (applier.configuration_version !== version || !isDeepStrictEqual(applier.settings, settings))
      await this.#control({ kind: 'configured', version, configuration: this.#options.config_text, settings });
    this.#landing.onFirstEvent = () => this.#schedule();
    this.#landing.onCommitted = (seconds) => this.#options.onCommitted?.(seconds);
    this.#schedule();
    await this.#refreshWhenDue(this.#landing.watermark_us);
    this.operations.forgetting.resume();
  }

  get progress(): PipelineProgress {
    return {
      events: this.#landing.conservation,
      watermark_us: this.#applier.watermark_us,
      open_episodes: this.#applier.open_episodes,
      directives: this.#applier.directives_issued,
    };
  }

  /** What is bounded, and how full it is. */
  get fills(): readonly Fill[] {
    return [...this.#landing.fills, ...this.#applier.fills, ...this.#relay.fills, ...this.#other_fills.values()];
  }

  get relay(): Relay {
    return this.#relay;
  }

  get landing(): Landing {
    return this.#landing;
  }

  get applier(): Applier {
    return this.#applier;
  }

  /** Runs until every input has ended or the signal aborts; then everything landed is applied and delivered. */
  async run(): Promise<void> {
    const { live, signal } = this.#options;
    // What is asked may take minutes, and the frames that are to be applied wait for it.
    if (live) this.#ends = [signal];
    await this.#asked.during(() => (live ? this.#runLive() : this.#replay()));
    await this.#settle();
    this.#ends = [];
  }

  async status(): Promise<StatusReport> {
    const { config, data_dir } = this.#options;
    return this.#ask(() => statusOf(this.store, { config, data_dir, inputs: inputReports(this.#landing.inputs) }));
  }

  result = (): Promise<ReplayResult> => this.#ask(() => resultOf(this.store));
  digest = (gone?: AbortSignal): Promise<DigestReport> => this.#ask(() => digestOf(this.store), gone);

  /** One statement that only reads. @throws PlumblineError SQL_FAILED */
  query = (sql: string, gone?: AbortSignal) => this.#files.reading(() => this.store.query(sql, [gone, ...this.#ends]));

  /** @throws PlumblineError DIRECTIVE_UNKNOWN */
  explain(directive_id: string): Promise<Explanation> {
    const { config, data_dir } = this.#options;
    return this.#ask(() => explain(this.store, config, data_dir, directive_id));
  }

  /** @throws PlumblineError COMMAND_ARGUMENT_INVALID */
  compare(request: ComparisonRequest, gone?: AbortSignal): Promise<ComparisonReport> {
    return this.#ask(() => compareSides(this.store, this.#options.config, request), gone);
  }

  review = (request: ReviewRequest, gone?: AbortSignal): Promise<ReviewReport> =>
    this.#ask(() => reviewPeriod(this.store, this.#options.config, request), gone);

  signals = () => this.#ask(() => storeSignals(this.store));
  seriesFor = (episode_id: string): Promise<SeriesPoint[]> =>
    this.#ask(() => storedSeries(this.store, this.#options.config, episode_id));
  refreshBaselines = (): Promise<void> => this.operations.refreshBaselines();

  /** What somebody asks for is read between two frames too, and is interrupted when the run is to end. */
  #ask<Result>(read: () => Promise<Result>, gone?: AbortSignal): Promise<Result> {
    return this.reading(() => this.store.asked(read, [gone, ...this.#ends]));
  }

  /** Reads between two frames. */
  reading<Result>(read: () => Promise<Result>): Promise<Result> {
    return this.#turns.reading(read);
  }

  async close(): Promise<void> {
    // First of all: a person who is being forgotten waits for queries to end, and a query may run for minutes.
    await this.store.endQueries();
    await this.operations.forgetting.stop();
    await this.#turns.idle().catch(() => undefined);
    await this.#archiving.stop();
    // What cannot be closed keeps nothing else open: least of all the store, which another instance may open next.
    try {
      await this.#relay.close().finally(() => this.#landing.close());
    } finally {
      await this.store.close();
      await this.#lock.release();
    }
  }

  /** Inputs in turn, a chunk each, so that none holds the watermark back for long. */
  async #replay(): Promise<void> {
    const inputs = this.#open();
    while (inputs.length > 0 && !this.#options.signal.aborted) {
      for (const input of [...inputs]) {
        const next = await input.iterator.next();
        if (next.done === true) {
          inputs.splice(inputs.indexOf(input), 1);
          await this.#ended(input.name);
        } else {
          input.name = next.value.input;
          await this.#land(next.value);
        }
        await this.#asked.answer();
      }
    }
    for (const { iterator } of inputs) await iterator.return?.();
    await this.#flush();
    if (!this.#options.signal.aborted) await this.#drain();
  }

  /** Chunks as they come; between them, ticks: age of the batch, idle inputs, what is asked for or undelivered. */
  async #runLive(): Promise<void> {
    const { signal, clock, config } = this.#options;
    const quiet = new QuietInputs(this.#landing, parseDurationMs(config.land.idle_after) * 1000, clock.nowUs());
    const mailbox = new Mailbox<Happening>();
    const ask = (input: OpenInput) =>
      input.iterator.next().then(
        (next) => {
          if (next.done !== true) quiet.waits(input, next.value.input, clock.nowUs());
          mailbox.post({ kind: 'came', input, next });
        },
        (error: unknown) => mailbox.post({ kind: 'failed', error }),
      );
    const wind = () => setTimeout(mailbox.post, TICK_MS, { kind: 'tick' }).unref();
    // At the scheduled time a quiet input is told at once, so that event time comes up to it and the refresh is due.
    const cron = cronSchedule(config.baseline.schedule, () => quiet.hurry(), {
      timezone: config.time_zone,
      suppressMissedWarning: true,
    });
    const stop = () => mailbox.post({ kind: 'aborted' });
    signal.addEventListener('abort', stop, { once: true });
    const inputs = this.#open();
    let open = inputs.length;
    for (const input of inputs) void ask(input);
    wind();
    // Not with the ticks: these wait while frames are applied, and sources do not.
    const looking = setInterval(() => quiet.look(clock.nowUs()), TICK_MS).unref();
    try {
      while (open > 0 && !signal.aborted) {
        const happened = await mailbox.next();
        if (happened.kind === 'failed') throw happened.error;
        if (happened.kind === 'tick') {
          await this.#tick(quiet);
          wind();
        } else if (happened.kind === 'came') {
          const { input, next } = happened;
          if (next.done === true) {
            open--;
            await this.#ended(input.name);
          } else {
            input.name = next.value.input;
            await this.#land(next.value);
            quiet.landed(input, input.name, clock.nowUs());
            void ask(input);
          }
        }
      }
    } finally {
      clearInterval(looking);
      signal.removeEventListener('abort', stop);
      await cron.destroy();
      await this.#flush();
    }
  }

  async #tick(quiet: QuietInputs): Promise<void> {
    this.#lock.assertHeld();
    const { land } = this.#options.config;
    const now_us = this.#options.clock.nowUs();
    const buffered_us = this.#landing.buffered_since_us;
    const batch_age_us = parseDurationMs(land.batch_age_max) * 1000;
    if (buffered_us !== null && hasPassed(buffered_us, batch_age_us, now_us)) await this.#flush();
    for (const entry of quiet.due(this.#options.clock.nowUs())) {
      await this.#flush();
      await this.#control(entry);
    }
    this.#landing.age();
    this.#archiving.step();
    await this.#asked.answer();
    // A frame that could not be applied ends the run, also when nothing comes in any more.
    await this.#turns.idle();
    await this.#relay.step();
    this.#options.onProgress?.(this.progress);
  }

  #open(): OpenInput[] {
    return openInputs(this.#options, (...place) => this.#landing.position(...place), this.#other_fills);
  }

  async #ended(name: string): Promise<void> {
    await this.#flush();
    await this.#control({ kind: 'input_ended', input: name });
  }

  async #land(chunk: SourceChunk): Promise<void> {
    for await (const frame of this.#landing.land(chunk)) await this.#applyLater(frame);
  }

  async #flush(): Promise<void> {
    const frame = await this.#landing.flush();
    if (frame !== null) await this.#applyLater(frame);
  }

  async #control(entry: ControlEntry): Promise<void> {
    await this.#applyLater(await this.#landing.control(entry));
  }

  /**
   * Hands a frame to the store and waits for it to be scanned, and for the one before: decoding goes on meanwhile. A frame
   * that has reached the next scheduled refresh is followed by that refresh.
   */
  async #applyLater(frame: LandedFrame): Promise<void> {
    await this.#turns.take((onStaged) => this.#apply(frame, onStaged));
    await this.#refreshWhenDue(frame.watermark_us);
  }

  async #refreshWhenDue(watermark_us: number): Promise<void> {
    while (this.#boundary_us !== null && watermark_us >= this.#boundary_us) {
      const as_of_us = this.#boundary_us;
      this.#boundary_us = this.#next(as_of_us);
      this.#landing.setBoundary(this.#boundary_us);
      await this.#control({ kind: 'baseline_refresh', as_of_us });
    }
  }

  async #apply(frame: LandedFrame, onStaged: () => void): Promise<void> {
    const started_ms = performance.now();
    const directives: readonly Directive[] = await this.#applier.apply(frame, onStaged);
    this.#options.onApplied?.((performance.now() - started_ms) / 1000);
    if (directives.length > 0) this.#relay.notice();
    if (frame.kind === 'events') this.#options.onProgress?.(this.progress);
  }

  /**
   * The next refresh lies after the last one, and after the history that baselines need at the least. It may be due
   * already: a process may end between the frame that reaches it and the refresh.
   */
  #schedule(): void {
    const { first_event_us } = this.#landing;
    const { scheduled_from_us } = this.#landing.reached;
    if (first_event_us === null) return;
    const history_us = parseDurationMs(this.#options.config.baseline.history_min) * 1000;
    this.#boundary_us = this.#next(Math.max(scheduled_from_us, first_event_us + history_us));
    this.#landing.setBoundary(this.#boundary_us);
  }

  #next(after_us: number): number | null {
    const { config } = this.#options;
    return nextScheduled(config.baseline.schedule, config.time_zone, after_us);
  }

  /** Everything has come in: windows up to the last event close. */
  async #drain(): Promise<void> {
    const { watermark_us } = this.#landing;
    // Nothing new has come in, and the process before has not ended before it came to this: event time stays where it is.
    const has_drained = this.#options.inputs.length === 0 || watermark_us > this.#landing.reached.newest_us;
    if (watermark_us < 0 || (this.#landing.conservation.landed === this.#landed_before && has_drained)) return;
    const { land, observe } = this.#options.config;
    const maturity_us = Math.max(...this.#signals.map(({ signal }) => maturityUs(signal)));
    const settle_us = parseDurationMs(observe.settle) * 1000;
    const lateness_us = parseDurationMs(land.lateness) * 1000;
    const until_us = watermark_us + lateness_us + Math.max(maturity_us, settle_us) + 60_000_000;
    await this.#control({ kind: 'drained', until_us });
  }

  /** Everything landed is applied, and sinks have been brought what they had not taken. */
  async #settle(): Promise<void> {
    await this.#turns.idle();
    await this.#relay.drain(
      this.#options.live ? parseDurationMs(this.#options.config.emit.drain) : Number.POSITIVE_INFINITY,
    );
    await this.#turns.idle();
  }

  async #undelivered(sink: string, directives_max: number): Promise<Directive[]> {
    const rows = await this.reading(() => this.store.rows('staging/undelivered', { sink, directives_max }));
    return rows.map(({ body }) => JSON.parse(body as string) as Directive);
  }

  async #delivered(entry: Omit<Extract<ControlEntry, { kind: 'delivered' }>, 'kind'>): Promise<void> {
    if (entry.directive_ids.length > 0) await this.#control({ kind: 'delivered', ...entry });
  }
}
