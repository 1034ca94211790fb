import type { Detector } from '../../contracts/detector.js';
import { detectors } from '../../detectors/index.js';
import { type Shown, shownTo } from './shift-case.js';

/** How a method is brought to a run length: a knob that alarms grow rarer with, and what it sets. */
export interface Knob {
  readonly from: number;
  readonly until: number;
  set(knob: number): { readonly options?: object; readonly log_threshold?: number };
}

/** A method of the table: one setting for all pairs, but for the knob. */
export interface TableMethod {
  readonly detector: Detector;
  readonly options: object;
  readonly knob: Knob;
  /** Learns what is usual from the stream: it is given 10,000 calls before the change. */
  readonly is_self_taught?: true;
  /** Shares of the runs that others get, without a change and with one, where a window costs many times as much. */
  readonly runs_share?: { readonly null: number; readonly delay: number };
}

const option = (name: string, from: number, until: number, of: (knob: number) => number = (knob) => knob): Knob => ({
  from,
  until,
  set: (knob) => ({ options: { [name]: of(knob) } }),
});
const byChance = (name: string, until: number): Knob => option(name, Math.LN2, until, (knob) => Math.exp(-knob));

const threshold: Knob = { from: Math.log(100), until: Math.log(1e6), set: (knob) => ({ log_threshold: knob }) };
const registered = detectors as Readonly<Record<string, Detector>>;
const method = (name: string, options: object, knob: Knob, more: Partial<TableMethod> = {}): TableMethod => ({
  detector: registered[name]!,
  options,
  knob,
  ...more,
});

/** A window costs a few times, or a hundred times, what it costs the others. */
const DEAR = { null: 1 / 3, delay: 1 };
const DEAREST = { null: 0.1, delay: 0.3 };

/** The size of shift that CUSUM and Page-Hinkley are set to for all pairs: the middle of the six, 0.44 log odds. */
const SHIFT = 0.44;

export const METHODS: Readonly<Record<string, TableMethod>> = {
  'mixture-e-sr': method('mixture-e-sr', {}, threshold),
  cusum: method('cusum', { shift: SHIFT }, option('threshold', 0.5, 20)),
  'focus-glr': method('focus-glr', { baseline: 'exact' }, option('threshold', 0.5, 20)),
  'page-hinkley': method('page-hinkley', {}, option('threshold', 2, 200)),
  ewma: method('ewma', {}, option('limit', 1, 8)),
  adwin: method(
    'adwin',
    {},
    option('delta', 0, 20, (knob) => Math.exp(-knob)),
    { is_self_taught: true, runs_share: DEAR },
  ),
  ddm: method('ddm', {}, option('drift_level', 1.01, 20), { is_self_taught: true, runs_share: DEAR }),
  'hddm-a': method('hddm-a', {}, byChance('drift_confidence', 20), { is_self_taught: true, runs_share: DEAR }),
  kswin: method('kswin', {}, byChance('alpha', 20), { is_self_taught: true, runs_share: DEAREST }),
  bocpd: method(
    'bocpd',
    {},
    option('probability', 0.01, 13, (knob) => 1 / (1 + Math.exp(-knob))),
    {
      is_self_taught: true,
      runs_share: DEAREST,
    },
  ),
};

/** Any detector of the registry as it is evaluated: by its entry above, else by the threshold that the budget sets. */
export function methodOf(name: string): TableMethod {
  return METHODS[name] ?? method(name, {}, threshold, isSelfTaught(name) ? { is_self_taught: true } : {});
}

const SELF_TAUGHT = new Set(['seasonal-surprise', 'self-starting-glr']);

/** Whether a detector learns the level and the spread of its stream by itself, and needs to be told neither. */
export function isSelfTaught(name: string): boolean {
  return SELF_TAUGHT.has(name);
}

/** What can be evaluated: a recovery test finds the end of an episode, and is judged in a closed loop with the others. */
export const EVALUATED = Object.keys(detectors).filter((name) => name !== 'recovery-e-sr');

/** What a detector of this name is shown: the first kind that it knows, proportions where it can. */
export function shownFirst(name: string): Shown {
  const { kinds } = registered[name]!;
  return shownTo(kinds.includes('proportion') ? 'proportion' : kinds[0]!);
}
