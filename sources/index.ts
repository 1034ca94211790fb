import type { Source } from '../contracts/source.js';
import { fileSource } from './file.js';
import { simulateSource } from './simulate.js';

/** Every source by its name in the configuration. */
export const sources: Readonly<Record<string, Source>> = {
  file: fileSource,
  simulate: simulateSource,
};
