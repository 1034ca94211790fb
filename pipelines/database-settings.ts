import { type SpillOptions, spillSettings } from './spill-folder.js';

/** What DuckDB is opened with. */

/** What is applied may be applied again from the log: the fewer times a table's end is compressed, the better. */
const CHECKPOINT_MIB = 64;

/** Rewritings that are known to let statements fail, or to give other rows, depending on how many there are: decision 0055. */
const OFF = ['top_n_window_elimination', 'common_subplan', 'join_filter_pushdown'];

/** Of every database. */
const ALWAYS = { autoinstall_known_extensions: 'false', disabled_optimizers: OFF.join(',') } as const;

/** Of one in memory that moves what others hold. */
export const BARE_DATABASE = { ...ALWAYS, threads: '1' } as const;

export interface DatabaseOptions extends SpillOptions {
  readonly threads: number;
  readonly memory_mib_max: number;
}

/** Of the store. @param spill folder for what does not fit into memory */
export function storeSettings(options: DatabaseOptions, spill: string): Record<string, string> {
  return {
    ...ALWAYS,
    ...spillSettings(options),
    threads: String(options.threads),
    memory_limit: `${options.memory_mib_max}MiB`,
    temp_directory: spill,
    autoload_known_extensions: 'false',
    preserve_insertion_order: 'true',
    checkpoint_threshold: `${CHECKPOINT_MIB}MiB`,
  };
}
