import type { Detector } from '../contracts/detector.js';
import { adwin } from './adwin.js';
import { associationEsr } from './association-e-sr.js';
import { bocpd } from './bocpd.js';
import { correlationEsr } from './correlation-e-sr.js';
import { cusum } from './cusum.js';
import { ddm } from './ddm.js';
import { ewma } from './ewma.js';
import { focusGlr } from './focus-glr.js';
import { hddmA } from './hddm-a.js';
import { kswin } from './kswin.js';
import { mixtureEsr } from './mixture-e-sr.js';
import { multinomialEsr } from './multinomial-e-sr.js';
import { never } from './never.js';
import { pageHinkley } from './page-hinkley.js';
import { periodic } from './periodic.js';
import { recoveryEsr } from './recovery-e-sr.js';
import { regressionEsr } from './regression-e-sr.js';
import { seasonalSurprise } from './seasonal-surprise.js';
import { selfStartingGlr } from './self-starting-glr.js';

/** Every detector by name: one line each. */
export const detectors = {
  adwin,
  'association-e-sr': associationEsr,
  bocpd,
  'correlation-e-sr': correlationEsr,
  cusum,
  ddm,
  ewma,
  'focus-glr': focusGlr,
  'hddm-a': hddmA,
  kswin,
  'mixture-e-sr': mixtureEsr,
  'multinomial-e-sr': multinomialEsr,
  'page-hinkley': pageHinkley,
  'recovery-e-sr': recoveryEsr,
  'regression-e-sr': regressionEsr,
  'seasonal-surprise': seasonalSurprise,
  'self-starting-glr': selfStartingGlr,
  never,
  periodic,
} satisfies Record<string, Detector>;

export type DetectorName = keyof typeof detectors;
