import type { Conservation } from '../contracts/batch.js';
import type { Clock } from '../contracts/clock.js';
import type { Config } from '../contracts/config.js';
import type { Detector } from '../contracts/detector.js';
import type { Sink } from '../contracts/sink.js';
import type { Source } from '../contracts/source.js';
import type { Standby } from './directory-lock.js';
import type { Wait } from './emit.js';
import type { LogDisk } from './land/log-disk.js';

/** What a pipeline is opened with, and what it tells of how it is getting on. */

export interface PipelineInput {
  readonly source: Source;
  readonly config: unknown;
}

export interface PipelineOptions {
  readonly config: Config;
  /** Text of the configuration file: names the policy in force. */
  readonly config_text: string;
  readonly data_dir: string;
  /** Relative paths of the configuration start here. */
  readonly base_dir: string;
  readonly clock: Clock;
  /** Derives the store's keys from a text, for demonstrations; real stores draw their own. */
  readonly key_seed?: string | undefined;
  readonly detectors: Readonly<Record<string, Detector>>;
  readonly sinks: Readonly<Record<string, Sink>>;
  readonly inputs: readonly PipelineInput[];
  /** True: sources are followed, wall-clock timers run. False: event time alone, as fast as possible. */
  readonly live: boolean;
  readonly signal: AbortSignal;
  /** Given: another process may have the data directory; this one waits for it and takes over. */
  readonly standby?: Standby | undefined;
  /** Observations that detectors are given at a time; results do not depend on it. */
  readonly observations_max?: number | undefined;
  /** Default: the disk of this machine. */
  readonly disk?: LogDisk | undefined;
  /** How pauses between two attempts at a sink pass; default: in real time. */
  readonly wait?: Wait | undefined;
  /** Called once the data directory is this process's, before the store is brought up to the end of the log. */
  onOwned?(): Promise<void>;
  /** Where a sink that speaks to people writes; a promise, when it is one, says when the line is taken. */
  write(line: string): unknown;
  /** Where people are told what was set aside and what a sink did not take; default: `write`. */
  warn?(line: string): void;
  onProgress?(progress: PipelineProgress): void;
  /** Called with how long a frame took to be applied, its transaction included. */
  onApplied?(seconds: number): void;
  /** Called with how long a frame took to be on disk. */
  onCommitted?(seconds: number): void;
}

export interface PipelineProgress {
  readonly events: Conservation;
  readonly watermark_us: number | null;
  readonly open_episodes: number;
  readonly directives: number;
}

/** Where people are told of what goes on beside the work. */
export function warning(options: Pick<PipelineOptions, 'warn' | 'write'>): (line: string) => void {
  return (line) => void (options.warn === undefined ? options.write(line) : options.warn(line));
}
