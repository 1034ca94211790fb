import { PlumblineError } from '../contracts/errors.js';

/** What is said when a statement of ours or a query of a person fails. */

/** Rows times columns that one query of a person may give: they are in memory before they are answered. */
export const QUERY_VALUES_MAX = 1_000_000;

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

export function answerTooLarge(columns: number): PlumblineError {
  return new PlumblineError('SQL_FAILED', 'the answer is too large', {
    detail: `it has more than ${Math.floor(QUERY_VALUES_MAX / columns)} rows of ${columns} columns`,
    hint: 'Ask for fewer rows (limit 1000), fewer columns, or sums of them.',
  });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
