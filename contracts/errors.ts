/**
 * The error catalogue: every error that a user can cause. Text says what was attempted, the value, what is allowed,
 * where, and what to do.
 */
export const ERROR_CODES = [
  'CONFIG_FILE_UNREADABLE',
  'CONFIG_SYNTAX_INVALID',
  'CONFIG_FIELD_INVALID',
  'CONFIG_REFERENCE_UNDEFINED',
  'COMMAND_ARGUMENT_INVALID',
  'DATA_DIRECTORY_IN_USE',
  'DATA_DIRECTORY_INVALID',
  'DATA_DIRECTORY_LOST',
  'DIRECTIVE_UNKNOWN',
  'IMPORT_COLUMN_INVALID',
  'IMPORT_FILE_UNREADABLE',
  'IMPORT_MAPPING_INVALID',
  'INSTANCE_ACCESS_REFUSED',
  'INSTANCE_BUSY',
  'INSTANCE_NOT_RUNNING',
  'INSTANCE_REQUEST_INVALID',
  'LOG_FILE_UNREADABLE',
  'LOG_FORMAT_UNKNOWN',
  'LOG_FRAME_DAMAGED',
  'LOG_POSITIONS_EXHAUSTED',
  'LOG_WRITE_FAILED',
  'SCENARIO_INVALID',
  'SIGNAL_HEADER_INVALID',
  'SIGNAL_RELATION_INVALID',
  'SINK_FAILED',
  'SOURCE_FILES_EXCEEDED',
  'SOURCE_FILE_UNREADABLE',
  'SQL_FAILED',
  'STORE_FAILED',
  'STORE_FORMAT_UNKNOWN',
  'SYSTEM_FILE_REFUSED',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export interface ErrorParts {
  /** What is known beyond the first line: the value, where it stands, what is allowed. */
  readonly detail?: string | undefined;
  /** What to do. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** What went wrong, with its detail, on one line. */
export function reasonLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const detail = 'detail' in error && typeof error.detail === 'string' ? `: ${error.detail}` : '';
  return `${error.message}${detail}`.split('\n')[0]!;
}

export class PlumblineError extends Error {
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, primary: string, parts: ErrorParts = {}) {
    super(primary, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = 'PlumblineError';
    this.code = code;
    this.detail = parts.detail;
    this.hint = parts.hint;
  }

  /** All that a person needs, on up to three lines. */
  describe(): string {
    return [
      `${this.code}: ${this.message}`,
      ...(this.detail === undefined ? [] : [`  ${this.detail}`]),
      ...(this.hint === undefined ? [] : [`  ${this.hint}`]),
    ].join('\n');
  }
}
