import { PlumblineError } from '../contracts/errors.js';

/** What is said when a statement of ours or a query of a person fails. */

export function statementFailed(name: string, error: unknown): PlumblineError {
  if (error instanceof PlumblineError) return error;
  return new PlumblineError('SQL_FAILED', `statement sql/${name}.sql failed`, { detail: textOf(error), cause: error });
}

export function queryFailed(error: unknown): PlumblineError {
  if (error instanceof PlumblineError) return error;
  return new PlumblineError('SQL_FAILED', 'the query failed', {
    detail: textOf(error),
    hint: 'Queries read only, and no files; see docs/reference for the relations.',
    cause: error,
  });
}

/** Of one that is not run. */
export function queryRefused(error: unknown): PlumblineError {
  return new PlumblineError('SQL_FAILED', 'the query cannot be run', { detail: textOf(error), cause: error });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
