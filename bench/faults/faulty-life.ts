import { fstatSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { Clock } from '../../contracts/clock.js';
import type { Directive } from '../../contracts/directive.js';
import type { Sink } from '../../contracts/sink.js';
import type { Source, SourceChunk, SourceContext } from '../../contracts/source.js';
import { type LogDisk, systemDisk } from '../../pipelines/land/log-disk.js';
import { segmentFiles } from '../../pipelines/land/segment-files.js';
import type { Store } from '../../pipelines/store.js';
import { Random } from '../../sources/simulate/random.js';
import { leaveDirectory } from './left-directory.js';

/** One process of a simulated run, from its start to its end, with everything around it that may fail. */

/** Where a process may end: each time one of these is come to, it is a place of its kind. */
export type Place = 'source' | 'disk' | 'store' | 'sink';
export const PLACES: readonly Place[] = ['source', 'disk', 'store', 'sink'];

export const FAULTS = [
  'crash',
  'power_cut',
  'redelivery',
  'source_lost',
  'no_room',
  'sync_failed',
  'statement_failed',
  'commit_unknown',
  'sink_refuses',
  'response_lost',
  'clock_jump',
] as const;
export type Fault = (typeof FAULTS)[number];

/** How often each happens where it can. */
const SHARE: Record<Exclude<Fault, 'crash'>, number> = {
  power_cut: 0.5,
  redelivery: 0.2,
  source_lost: 0.03,
  no_room: 0.03,
  sync_failed: 0.03,
  statement_failed: 0.001,
  commit_unknown: 0.03,
  sink_refuses: 0.3,
  response_lost: 0.3,
  clock_jump: 0.02,
};
/** How often the source of a process is a queue. */
const QUEUE_SHARE = 0.5;
const JUMPS_US = [-3_600_000_000, 3_600_000_000, 86_400_000_000, -86_400_000_000];
const CHUNK_LINES_MIN = 50;
const CHUNK_LINES_MAX = 800;
const REDELIVERED_LINES_MAX = 400;
/** As the source names what it brings. */
export const INPUT = 'faulty';
export const PARTITION = 'fleet';

/** What lies outside the process, and stays when it ends. */
export interface Outside {
  readonly lines: readonly string[];
  readonly seed: number;
  /** Processes so far. */
  lives: number;
  /** What the sink has taken, in order; one that came twice stands here twice. */
  readonly taken: Directive[];
  readonly happened: Record<Fault, number>;
  /** Lines that have been acknowledged, from the first on: a queue does not bring them again. */
  acknowledged: number;
  /** Whether a process was found to have forgotten what one before it had acknowledged. */
  is_acknowledged_lost: boolean;
  now_us: number;
}

export class Crash extends Error {
  constructor() {
    super('the process has ended');
  }
}

export class Life {
  readonly data_dir: string;
  readonly places: Record<Place, number> = { source: 0, disk: 0, store: 0, sink: 0 };
  readonly #outside: Outside;
  readonly #is_calm: boolean;
  readonly #ends_at: { readonly place: Place; readonly nth: number } | null;
  readonly #copy_dir: string;
  readonly #has_whole_summaries: boolean;
  readonly #number: number;
  readonly #streams = new Map<string, Random>();
  #has_ended = false;
  /** Bytes of the last file that was written to which are on disk for certain. */
  #synced_bytes = 0;

  /**
   * @param options.ends_at the place at which the process ends, as it is; then `copy_dir` is what the next one finds
   * @param options.is_calm nothing else fails
   * @param options.has_whole_summaries whether the next one finds summaries that it can use
   */
  constructor(
    outside: Outside,
    options: {
      readonly data_dir: string;
      readonly copy_dir: string;
      readonly is_calm: boolean;
      readonly ends_at: { readonly place: Place; readonly nth: number } | null;
      readonly has_whole_summaries?: boolean;
    },
  ) {
    this.#outside = outside;
    this.data_dir = options.data_dir;
    this.#copy_dir = options.copy_dir;
    this.#has_whole_summaries = options.has_whole_summaries ?? false;
    this.#is_calm = options.is_calm;
    this.#ends_at = options.ends_at;
    this.#number = outside.lives++;
  }

  /**
   * Draws of one kind, of this process: what goes on beside each other takes turns as the system has it, which may move no draw
   * of another kind or of a later process.
   */
  #drawn(kind: Fault | 'source'): Random {
    let stream = this.#streams.get(kind);
    if (stream === undefined) {
      stream = Random.of(this.#outside.seed, `faults/${this.#number}/${kind}`);
      this.#streams.set(kind, stream);
    }
    return stream;
  }

  /** Whether it is meant to end before it is done. */
  get isDoomed(): boolean {
    return this.#ends_at !== null;
  }

  get hasEnded(): boolean {
    return this.#has_ended;
  }

  readonly clock: Clock = {
    nowUs: () => {
      const outside = this.#outside;
      outside.now_us += 1_000;
      if (this.#happens('clock_jump')) outside.now_us += JUMPS_US[this.#drawn('clock_jump').index(JUMPS_US.length)]!;
      return outside.now_us;
    },
  };

  /** A file, read on from where the log stands, or a queue, which has no more what was acknowledged; either brings lines again. */
  readonly source: Source = {
    name: INPUT,
    summary: 'lines that come again, and a connection that is lost',
    config: z.unknown(),
    open: (_config, context) => this.#chunks(context),
  };

  readonly sink: Sink = {
    name: 'faulty',
    summary: 'refuses, or takes and does not say so',
    config: z.unknown(),
    open: async () => ({
      deliver: async (directives) => {
        this.#come('sink');
        if (this.#happens('sink_refuses')) throw new Error('the sink is down');
        this.#outside.taken.push(...directives);
        this.#come('sink');
        if (this.#happens('response_lost')) throw new Error('the connection was reset');
      },
      close: async () => undefined,
    }),
  };

  readonly disk: LogDisk = {
    write: (fd, chunks, position) => {
      this.#come('disk');
      if (position === 0) this.#synced_bytes = 0;
      if (this.#happens('no_room')) {
        systemDisk.write(fd, this.#partOf(chunks), position);
        throw new Error('ENOSPC: no space left on device');
      }
      const ends = this.#endsAt('disk');
      const length = systemDisk.write(fd, ends ? this.#partOf(chunks) : chunks, position);
      this.#come('disk');
      return length;
    },
    sync: async (fd) => {
      this.#come('disk');
      if (this.#happens('sync_failed')) throw new Error('EIO: i/o error, fdatasync');
      await systemDisk.sync(fd);
      this.#synced_bytes = fstatSync(fd).size;
      this.#come('disk');
    },
    syncAtOnce: (fd) => {
      this.#come('disk');
      systemDisk.syncAtOnce(fd);
      this.#synced_bytes = fstatSync(fd).size;
    },
  };

  /** Lets statements and commits of a store fail. */
  trouble(store: Store): void {
    const run = store.run.bind(store);
    const transaction = store.transaction.bind(store);
    store.run = async (name, parameters) => {
      this.#come('store');
      if (this.#happens('statement_failed')) throw new Error('the statement failed');
      return await run(name, parameters);
    };
    store.transaction = async (work) => {
      const result = await transaction(work);
      this.#come('store');
      if (this.#happens('commit_unknown')) throw new Error('the outcome of the commit is not known');
      return result;
    };
  }

  async *#chunks({ resume }: SourceContext): AsyncGenerator<SourceChunk, void, undefined> {
    const outside = this.#outside;
    const { lines } = outside;
    const drawn = this.#drawn('source');
    const landed = (resume(this.source.name, PARTITION) ?? 1) - 1;
    if (landed < outside.acknowledged) outside.is_acknowledged_lost = true;
    let next = drawn.uniform() < QUEUE_SHARE ? outside.acknowledged : landed;
    while (next < lines.length) {
      this.#come('source');
      if (this.#happens('source_lost')) throw new Error('the connection of the source was lost');
      if (next > 0 && this.#happens('redelivery')) next = Math.max(0, next - 1 - drawn.index(REDELIVERED_LINES_MAX));
      const until = Math.min(lines.length, next + CHUNK_LINES_MIN + drawn.index(CHUNK_LINES_MAX - CHUNK_LINES_MIN));
      const bytes = Buffer.from(`${lines.slice(next, until).join('\n')}\n`);
      const acknowledge = () => {
        if (!this.#has_ended) outside.acknowledged = Math.max(outside.acknowledged, until);
      };
      yield { input: this.source.name, partition: PARTITION, first_offset: next + 1, bytes, acknowledge };
      next = until;
    }
  }

  #happens(fault: Exclude<Fault, 'crash'>): boolean {
    if (this.#is_calm || this.#drawn(fault).uniform() >= SHARE[fault]) return false;
    this.#outside.happened[fault]++;
    return true;
  }

  #endsAt(place: Place): boolean {
    return this.#ends_at !== null && this.#ends_at.place === place && this.#ends_at.nth === this.places[place] + 1;
  }

  /** Comes to a place; when it is the last one, the directory is kept as it is now, and nothing is done any more. */
  #come(place: Place): void {
    if (this.#has_ended) throw new Crash();
    const ends = this.#endsAt(place);
    this.places[place]++;
    if (!ends) return;
    this.#has_ended = true;
    this.#outside.happened.crash++;
    leaveDirectory(this.data_dir, this.#copy_dir, this.#has_whole_summaries);
    if (this.#happens('power_cut')) this.#cutPower();
    throw new Crash();
  }

  /** What was not on disk yet is gone, or is zeros. */
  #cutPower(): void {
    const drawn = this.#drawn('power_cut');
    const file = segmentFiles(this.#copy_dir).at(-1);
    if (file === undefined) return;
    const { size } = statSync(file);
    if (size <= this.#synced_bytes) return;
    const kept = this.#synced_bytes + drawn.index(size - this.#synced_bytes);
    if (drawn.uniform() < 0.5) truncateSync(file, kept);
    else writeFileSync(file, Buffer.from(readFileSync(file)).fill(0, kept));
  }

  #partOf(chunks: readonly Uint8Array[]): Uint8Array[] {
    const bytes = Buffer.concat(chunks);
    return [bytes.subarray(0, this.#drawn('no_room').index(bytes.length))];
  }
}
