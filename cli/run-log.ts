import pino from 'pino';
import type { Fill } from '../contracts/fill.js';
import type { Terminal } from './terminal.js';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a running instance tells of itself: one JSON object a line on the standard error. */
export interface RunLog {
  info(message: string, facts?: Readonly<Record<string, unknown>>): void;
  warn(message: string, facts?: Readonly<Record<string, unknown>>): void;
  error(message: string, facts?: Readonly<Record<string, unknown>>): void;
  /** How much of it nobody has read yet. */
  readonly fill: Fill;
}

/**
 * Written at once: the last line before an end is the one that is looked for. While nobody reads, so many bytes wait at the
 * most; what comes then is left out, and how much that was is told once there is room.
 */
export function openRunLog(terminal: Terminal, level: LogLevel, bytes_max: number): RunLog {
  const { err } = terminal;
  let left_out = 0;
  const write = (line: string) => {
    if (err.writableLength + line.length > bytes_max) left_out++;
    else err.write(line);
  };
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
  const at =
    (kind: 'info' | 'warn' | 'error') =>
    (message: string, facts: object = {}) => {
      if (left_out > 0 && err.writableLength === 0) {
        const lines = left_out;
        left_out = 0;
        logger.warn({ lines }, 'lines were left out while nobody read the log');
      }
      logger[kind](facts, message);
    };
  return {
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    get fill() {
      return { queue: 'log_bytes', filled: err.writableLength, max: bytes_max };
    },
  };
}
