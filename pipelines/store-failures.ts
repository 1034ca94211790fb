import { PlumblineError, reasonLine } from '../contracts/errors.js';

/** What an error says about where it comes from: bytes of the store, the system, DuckDB itself, or what events say. */

/** What DuckDB says of a file whose bytes are not what it wrote. */
const DAMAGE =
  /corrupt|checksum|not a valid duckdb|replaying wal|serialization error|failed to deserialize|could not read enough bytes/i;
/** What DuckDB says of a value, not of the system: its kinds of error for what an expression or a table refuses. */
const OF_VALUES =
  /\b(Conversion|Out of Range|Invalid Input|Invalid Type|Mismatch Type|Constraint|Decimal)(?: Error:| failed)/i;
/** DuckDB has found itself in a state that it should not be in: its instance answers nothing any more. */
const OF_INSTANCE = /^(INTERNAL|FATAL) Error:|database has been invalidated/;
/** JavaScript's own errors of these kinds come from values too, unless they tell of memory; so do those of an instance. */
const OF_MEMORY = /allocat|memory|invalid (array|string|typed array) length|call stack/i;
/** An error of the system that comes in the dress of another, as from a function that reads a file. */
const OF_SYSTEM =
  /\b(EIO|ENOSPC|EDQUOT|EACCES|EPERM|EROFS|EMFILE|ENFILE|ENOENT)\b|no space left|fsync|could not (read|write|sync)|IO Error/i;
/** The statements that count signals. */
const COUNTING = /sql\/staging\/(new|revised)_observations/;

/** Whether an error says that the bytes of the store are not what was written. */
export function isStoreDamage(error: unknown): boolean {
  return DAMAGE.test(reasonLine(error));
}

/** Why a frame could not be applied, where that may come from what events say. */
export interface EventFailure {
  /** What failed, in names of ours, never a value. */
  readonly what: string;
  /** The instance of DuckDB is of no use any more: to go on, the store has to be opened anew. */
  readonly is_instance_lost: boolean;
}

/** What a detector or the policy throws. Events are counted by then, and none of them is to blame. */
export class DecidingFailed extends Error {
  constructor(cause: unknown) {
    super(`a detector or the policy fails on it (${nameOf(cause)})`, { cause });
  }
}

/** @throws DecidingFailed where the work fails, but for want of memory */
export function deciding<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    const is_told = cause instanceof PlumblineError || cause instanceof DecidingFailed;
    throw is_told || OF_MEMORY.test(reasonLine(cause)) ? cause : new DecidingFailed(cause);
  }
}

/** Whether a frame could be passed over for an error: not where it tells of the system, of damage, or of a signal to mend. */
export function isOfFrame(error: unknown, has_own_signals: boolean): boolean {
  if (!(error instanceof Error) || error.name === 'AbortError') return false;
  if (OF_SYSTEM.test(reasonLine(error)) || isStoreDamage(error)) return false;
  if (error instanceof PlumblineError)
    return error.code === 'SQL_FAILED' && !(has_own_signals && COUNTING.test(error.message));
  return true;
}

/** What failed, in names of ours. */
export function failureText(error: unknown): string {
  const known = eventFailure(error, false);
  if (known !== null) return known.what;
  const is_ours = error instanceof PlumblineError || error instanceof DecidingFailed;
  return is_ours ? error.message : `the program fails on it (${nameOf(error)})`;
}

/** Whether an error takes the instance of DuckDB with it. */
export function isInstanceLost(error: unknown): boolean {
  return OF_INSTANCE.test(saidBy(error));
}

function saidBy(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return error instanceof PlumblineError ? (error.detail ?? '') : error.message;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'no error';
}

/** Null when it cannot come from events. @param has_own_signals what fails in counting is the operator's to mend */
export function eventFailure(error: unknown, has_own_signals: boolean): EventFailure | null {
  if (!(error instanceof Error) || OF_SYSTEM.test(reasonLine(error))) return null;
  const is_ours = error instanceof PlumblineError;
  if (is_ours && (error.code !== 'SQL_FAILED' || (has_own_signals && COUNTING.test(error.message)))) return null;
  const said = saidBy(error);
  const lost = OF_INSTANCE.exec(said);
  const is_instance_lost = lost !== null;
  if (is_instance_lost && (OF_MEMORY.test(said) || isStoreDamage(error))) return null;
  const kind = is_instance_lost ? (lost[1] ?? 'FATAL') : OF_VALUES.exec(said)?.[1];
  const where = is_ours ? error.message : `a table of the store ${is_instance_lost ? 'fails on' : 'refuses'} it`;
  if (kind !== undefined) return { what: `${where} (${kind} Error)`, is_instance_lost };
  const isOfCode = error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
  if (!isOfCode || OF_MEMORY.test(said)) return null;
  return { what: `the program fails on it (${error.name})`, is_instance_lost };
}
