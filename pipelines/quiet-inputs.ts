import type { ControlEntry } from '../contracts/control-entry.js';
import type { WatermarkState } from './land/watermarks.js';
import type { Landing } from './land.js';
import { hasPassed, type OpenInput, TICK_MS } from './open-inputs.js';

/**
 * Looks that lie farther apart have a break between them: the machine slept, the process was stopped, the clock leapt ahead, or
 * the thread that sources run on was held up. Nothing could come in then, so nobody was quiet.
 */
const LOOKS_APART_US_MAX = 20 * TICK_MS * 1000;

/** Wall clock, microseconds: when an input last brought something, since when it is quiet, when it was last told so. */
interface Brought {
  at_us: number;
  /** `at_us`, or the end of the last break since. */
  since_us: number;
  told_us: number;
  /** `broughtBy` of then. */
  count: number;
  /** Event time that it had come to when this process began; -Infinity once it has brought something. */
  begun_us: number;
}

/**
 * Which inputs of a live run are quiet: they have brought nothing for `land.idle_after`, whatever they send. Lines that are
 * no events, and events that had landed already, bring nothing. An input that is known from the log and sends nothing after
 * a restart is quiet too. What has come and waits to be landed is not held against its input. Only time in which the process
 * was looking counts: after a break each has the whole of that time again.
 */
export class QuietInputs {
  readonly #landing: Pick<Landing, 'inputs' | 'broughtBy' | 'watermark_us'>;
  readonly #idle_us: number;
  readonly #inputs = new Map<string, Brought>();
  /** Inputs whose chunk waits to be landed, and since when. */
  readonly #waiting = new Map<OpenInput, { readonly name: string; readonly came_us: number }>();
  #looked_us: number;

  constructor(landing: Pick<Landing, 'inputs' | 'broughtBy' | 'watermark_us'>, idle_us: number, now_us: number) {
    this.#landing = landing;
    this.#idle_us = idle_us;
    this.#looked_us = now_us;
    for (const [input, [newest_us, promised_us]] of Object.entries(landing.inputs)) {
      const begun_us = Math.max(newest_us ?? Number.NEGATIVE_INFINITY, promised_us ?? Number.NEGATIVE_INFINITY);
      this.#inputs.set(input, { at_us: now_us, since_us: now_us, told_us: now_us, count: 0, begun_us });
    }
  }

  /** A chunk has come. */
  waits(input: OpenInput, name: string, came_us: number): void {
    this.#waiting.set(input, { name, came_us });
  }

  /** It has been landed. */
  landed(input: OpenInput, name: string, now_us: number): void {
    this.#waiting.delete(input);
    const count = this.#landing.broughtBy(name);
    if (this.#inputs.get(name)?.count === count) return;
    const begun_us = Number.NEGATIVE_INFINITY;
    this.#inputs.set(name, { at_us: now_us, since_us: now_us, told_us: now_us, count, begun_us });
  }

  /**
   * The process is awake: to be told every `TICK_MS`, also while a frame is applied, for sources are read beside it. What they
   * bring meanwhile waits, and is not held against them.
   */
  look(now_us: number): void {
    const apart_us = now_us - this.#looked_us;
    this.#looked_us = now_us;
    if (apart_us < Math.min(this.#idle_us, LOOKS_APART_US_MAX)) return;
    for (const brought of this.#inputs.values()) brought.since_us = now_us;
  }

  /** What is quiet now is told at once, and not only after a while. */
  hurry(): void {
    for (const brought of this.#inputs.values()) brought.told_us = 0;
  }

  /** What is to be told now. Each entry is landed before the next is asked for. */
  *due(now_us: number): Generator<ControlEntry> {
    this.look(now_us);
    for (const [input, brought] of this.#inputs) {
      if (this.#hasSent(input, brought) || !takeQuiet(brought, this.#idle_us, now_us)) continue;
      const from_us = this.#from(input, brought);
      if (from_us === null) continue;
      // While an input is quiet its event time goes on at the pace of the clock: windows close, silence is seen. A break is
      // made up for at last, for the clock has gone on in it.
      const until_us = from_us + (now_us - brought.at_us);
      if (this.#moves(input, until_us)) yield { kind: 'input_idle', input, until_us };
    }
  }

  /** Whether something of an input waits that came before it was quiet: it may bring something. */
  #hasSent(input: string, { since_us }: Brought): boolean {
    return [...this.#waiting.values()].some(
      ({ name, came_us }) => name === input && came_us < since_us + this.#idle_us,
    );
  }

  /** One that holds nothing back moves event time only where nobody does; else telling it would do no more than fill the log. */
  #moves(input: string, until_us: number): boolean {
    const { inputs, watermark_us } = this.#landing;
    const holds = ([, , is_idle, is_ended]: WatermarkState[string]) => !is_idle && !is_ended;
    return holds(inputs[input]!) || (until_us > watermark_us && !Object.values(inputs).some(holds));
  }

  /**
   * From where the event time of a quiet input goes on, microseconds; null where it would change nothing to tell it.
   * One of which nothing but lines that are no events have come holds back those that have sent some: it goes on from
   * before any event.
   */
  #from(input: string, { begun_us }: Brought): number | null {
    const { [input]: quiet, ...others } = this.#landing.inputs;
    if (quiet === undefined) return null;
    const from_us = Math.max(begun_us, quiet[0] ?? Number.NEGATIVE_INFINITY);
    if (Number.isFinite(from_us)) return from_us;
    return Object.values(others).some(([us]) => us !== null) ? 0 : null;
  }
}

/** Whether an input is to be told quiet: it is, for `idle_us`, and has not been told so for as long. It counts as told. */
function takeQuiet(brought: Brought, idle_us: number, now_us: number): boolean {
  // Where the clock was set back, the time in which nothing came begins anew.
  brought.at_us = Math.min(brought.at_us, now_us);
  brought.since_us = Math.min(brought.since_us, now_us);
  brought.told_us = Math.min(brought.told_us, now_us);
  if (!hasPassed(brought.since_us, idle_us, now_us) || !hasPassed(brought.told_us, idle_us, now_us)) return false;
  brought.told_us = now_us;
  return true;
}
