import pino from 'pino';
import type { Terminal } from './terminal.js';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a running instance tells of itself: one JSON object a line on the standard error. */
export interface RunLog {
  info(message: string, facts?: Readonly<Record<string, unknown>>): void;
  warn(message: string, facts?: Readonly<Record<string, unknown>>): void;
  error(message: string, facts?: Readonly<Record<string, unknown>>): void;
}

/** Written at once: the last line before an end is the one that is looked for. */
export function openRunLog(terminal: Terminal, level: LogLevel): RunLog {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    terminal.err,
  );
  const at =
    (kind: 'info' | 'warn' | 'error') =>
    (message: string, facts: object = {}) =>
      logger[kind](facts, message);
  return { info: at('info'), warn: at('warn'), error: at('error') };
}
