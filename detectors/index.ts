import type { Detector } from '../contracts/detector.js';
import { correlationEsr } from './correlation-e-sr.js';
import { cusum } from './cusum.js';
import { focusGlr } from './focus-glr.js';
import { mixtureEsr } from './mixture-e-sr.js';
import { never } from './never.js';
import { pageHinkley } from './page-hinkley.js';
import { periodic } from './periodic.js';
import { recoveryEsr } from './recovery-e-sr.js';

/** Every detector by name: one line each. */
export const detectors = {
  'correlation-e-sr': correlationEsr,
  cusum,
  'focus-glr': focusGlr,
  'mixture-e-sr': mixtureEsr,
  'page-hinkley': pageHinkley,
  'recovery-e-sr': recoveryEsr,
  never,
  periodic,
} satisfies Record<string, Detector>;

export type DetectorName = keyof typeof detectors;
