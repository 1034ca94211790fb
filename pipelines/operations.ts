import type { Conservation } from '../contracts/batch.js';
import type { ControlEntry } from '../contracts/control-entry.js';
import type { SourceChunk } from '../contracts/source.js';
import { type BackupFigures, backUp } from './backup.js';
import { Forgetting, type ForgettingRun, type ForgettingState } from './forgetting.js';
import { SetAsideFrames, type SetAsideTally } from './land/damage.js';
import type { ForgottenPerson } from './land/forget-in-log.js';
import { FramesPassedOver } from './land/frames-passed-over.js';
import { REPLAY_INPUT } from './land/positions.js';
import { countedBetween, type ReplayedLine, replayChunks } from './rejected-lines.js';

/** What operations need of the loop that they come between the steps of. */
export interface OperatedLoop extends Omit<ForgettingRun, 'noteInLog'> {
  nowUs(): number;
  land(chunk: SourceChunk): Promise<void>;
  flush(): Promise<void>;
  control(entry: ControlEntry): Promise<void>;
  /** Everything landed is applied, and sinks have been brought what they had not taken. */
  settle(): Promise<void>;
  /** Everything landed is applied. */
  applied(): Promise<void>;
}

/** How what is kept of a log is getting on. */
export interface Keeping {
  /** Frames that could not be read and were set aside, the events they held as far as that is known, and notes of it that cannot be read. */
  readonly set_aside: SetAsideTally;
  /** Frames that are passed over because somebody has decided so. */
  readonly passed_over_frames: number;
  /** Attempts in a row to archive a file of the log that have failed. */
  readonly archiving_failed_attempts: number;
  readonly forgetting: ForgettingState;
}

/** What is done to a log because somebody asks for it: at once, or at the next tick while the loop runs. */
export class Operations {
  readonly #loop: OperatedLoop;
  readonly forgetting: Forgetting;
  /** Notes that were told of. */
  readonly #told = new Set<string>();

  constructor(loop: OperatedLoop) {
    this.#loop = loop;
    const { flush, control, applied, nowUs } = loop;
    const noteInLog = async () => {
      await flush();
      await control({ kind: 'forgotten', at_us: nowUs() });
      await applied();
    };
    this.forgetting = new Forgetting({ ...loop, noteInLog });
  }

  get keeping(): Keeping {
    const { data_dir, archiving } = this.#loop;
    return {
      set_aside: this.#setAside(data_dir),
      passed_over_frames: FramesPassedOver.count(data_dir),
      archiving_failed_attempts: archiving.failed_attempts,
      forgetting: this.forgetting.state,
    };
  }

  /** A note that cannot be read is told once; the next start says what to do about it. */
  #setAside(data_dir: string): SetAsideTally {
    const tally = SetAsideFrames.tally(data_dir);
    for (const file of tally.unreadable) {
      if (this.#told.has(file)) continue;
      this.#told.add(file);
      this.#loop.warn(
        `"${file}" is no note of what was set aside: the frames it told of are not counted, and the next start ends with ` +
          'LOG_FRAME_DAMAGED until it is removed (what it told of is then found and noted again) or restored from a backup',
      );
    }
    return tally;
  }

  /** Learns the baselines anew, as of the watermark. */
  refreshBaselines(): Promise<void> {
    const { asked, landing, flush, control, applied } = this.#loop;
    return asked.do(async () => {
      await flush();
      const as_of_us = landing.watermark_us;
      if (Number.isFinite(as_of_us)) await control({ kind: 'baseline_refresh', as_of_us });
      await applied();
    });
  }

  /** Lands lines that had been rejected, as an input of their own; gives what became of them. */
  replayRejected(lines: readonly ReplayedLine[]): Promise<Conservation> {
    const { asked, landing, land, flush, control, settle } = this.#loop;
    return asked.do(async () => {
      const before = landing.conservation;
      const first_offset = landing.position(REPLAY_INPUT, '') ?? 1;
      for (const chunk of replayChunks(lines, first_offset)) await land(chunk);
      await flush();
      await control({ kind: 'input_ended', input: REPLAY_INPUT });
      await settle();
      return countedBetween(before, landing.conservation);
    });
  }

  /** Takes a person out of everything that is kept; see `Forgetting`. */
  forget(callee: string): Promise<ForgottenPerson> {
    return this.forgetting.forget(callee);
  }

  /** Copies log, texts and keys into a new folder. @throws PlumblineError COMMAND_ARGUMENT_INVALID */
  backup(folder: string): Promise<BackupFigures> {
    const { asked, landing, data_dir, flush, nowUs } = this.#loop;
    return backUp(data_dir, folder, nowUs, (work) =>
      asked.do(async () => {
        await flush();
        landing.closeFile();
        return await work();
      }),
    );
  }

  /** Seals the keys of the directory under a new master key; gives how many. */
  rotateKeys(): Promise<number> {
    return this.#loop.asked.do(async () => this.#loop.landing.rotateKeys());
  }
}
