import type { Sink } from '../contracts/sink.js';
import { consoleSink } from './console.js';
import { fileSink } from './file.js';

/** Where directives can go, by the name that `use` gives in the configuration. */
export const sinks: Readonly<Record<string, Sink>> = {
  console: consoleSink,
  file: fileSink,
};
