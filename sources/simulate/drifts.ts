import { PlumblineError } from '../../contracts/errors.js';
import type { Drift, Scenario } from '../../contracts/scenario.js';
import { type CallingMinute, callingMinute, MINUTE_MS, minuteOfDay } from './calendar.js';
import { Random } from './random.js';

/** What the seed makes of the drifts of a scenario: where each lies, when it begins and how large it is. */

interface Planned {
  readonly name: string;
  /** The minute that it begins with. */
  readonly onset: CallingMinute;
}

export type PlannedDrift = Planned &
  (
    | { readonly kind: 'answer_collapse'; readonly campaign: string; readonly pool: string; readonly shift: number }
    | {
        readonly kind: 'machine_rise';
        readonly campaign: string;
        readonly machine: 'voicemail' | 'screening';
        readonly shift: number;
      }
    | {
        readonly kind: 'barge_in_rise';
        readonly agent_version: string;
        readonly call_share: number;
        readonly factor: number;
      }
    | {
        readonly kind: 'commitment_fade';
        readonly campaign: string;
        readonly ramp_minutes: number;
        readonly shift: number;
      }
    | { readonly kind: 'relationship_inversion'; readonly campaign: string }
  );

/**
 * The drifts of a scenario under a seed. Each is drawn from a stream of its own, so that adding one moves no other.
 *
 * @throws PlumblineError SCENARIO_INVALID when `apart_from` leaves a drift no place.
 */
export function planDrifts(scenario: Scenario, seed: number): PlannedDrift[] {
  const planned: PlannedDrift[] = [];
  for (const drift of scenario.drifts) planned.push(planDrift(scenario, drift, planned, seed));
  return planned;
}

function planDrift(scenario: Scenario, drift: Drift, earlier: readonly PlannedDrift[], seed: number): PlannedDrift {
  const random = Random.of(seed, `drift/${drift.name}`);
  const from = minuteOfDay(drift.onset.from);
  const minute = from + random.index(minuteOfDay(drift.onset.until) - from + 1);
  const base: Planned = {
    name: drift.name,
    onset: callingMinute(scenario, scenario.calendar.history_days, minute),
  };
  const draw = (range: { from: number; until: number }) => random.between(range.from, range.until);
  switch (drift.kind) {
    case 'answer_collapse': {
      const pool = pick(random, drift, drift.pools, (name) => campaignOf(scenario, name), earlier);
      const campaign = campaignOf(scenario, pool);
      return { ...base, kind: drift.kind, campaign, pool, shift: draw(drift.answer_shift) };
    }
    case 'machine_rise': {
      const campaign = pick(random, drift, drift.campaigns, (name) => name, earlier);
      const options = [
        ...(drift.voicemail_shift ? [{ machine: 'voicemail' as const, range: drift.voicemail_shift }] : []),
        ...(drift.call_screening_shift ? [{ machine: 'screening' as const, range: drift.call_screening_shift }] : []),
      ];
      const { machine, range } = options[random.index(options.length)];
      return { ...base, kind: drift.kind, campaign, machine, shift: draw(range) };
    }
    case 'barge_in_rise': {
      const { agent_version, call_share } = drift;
      return { ...base, kind: drift.kind, agent_version, call_share, factor: draw(drift.interruption_factor) };
    }
    case 'commitment_fade': {
      const campaign = pick(random, drift, drift.campaigns, (name) => name, earlier);
      const { ramp_minutes } = drift;
      return { ...base, kind: drift.kind, campaign, ramp_minutes, shift: draw(drift.commitment_shift) };
    }
    case 'relationship_inversion':
      return { ...base, kind: drift.kind, campaign: scenario.coupling!.campaign };
  }
}

function campaignOf(scenario: Scenario, pool: string): string {
  return scenario.campaigns.find((campaign) => campaign.pools.some((entry) => entry.name === pool))!.name;
}

/** One of the candidates that does not lie in the campaign of a drift it must keep apart from. */
function pick(
  random: Random,
  drift: { readonly name: string; readonly apart_from: readonly string[] },
  candidates: readonly string[],
  campaign: (candidate: string) => string,
  earlier: readonly PlannedDrift[],
): string {
  const taken = earlier.flatMap((other) =>
    drift.apart_from.includes(other.name) && 'campaign' in other ? [other.campaign] : [],
  );
  const free = candidates.filter((candidate) => !taken.includes(campaign(candidate)));
  if (free.length === 0)
    throw new PlumblineError('SCENARIO_INVALID', `drift "${drift.name}" has no place left`, {
      detail: `candidates ${candidates.join(', ')}; taken by apart_from: ${taken.join(', ')}`,
      hint: 'Name more candidates, or drop an entry of apart_from.',
    });
  return free[random.index(free.length)];
}

/** What the drifts do to one pool at one moment. */
export interface DriftEffects {
  answer: number;
  voicemail: number;
  screening: number;
  /** Shift of the log odds of commitment language in an agent's turn. */
  commitment: number;
  /** -1 while the coupling is inverted. */
  coupling_sign: 1 | -1;
}

export function effectsAt(
  plan: readonly PlannedDrift[],
  campaign: string,
  pool: string,
  time_ms: number,
): DriftEffects {
  const effects: DriftEffects = { answer: 0, voicemail: 0, screening: 0, commitment: 0, coupling_sign: 1 };
  for (const drift of plan) {
    if (time_ms < drift.onset.start_ms) continue;
    if (drift.kind === 'answer_collapse' && drift.pool === pool) effects.answer += drift.shift;
    if (drift.kind === 'machine_rise' && drift.campaign === campaign) effects[drift.machine] += drift.shift;
    if (drift.kind === 'commitment_fade' && drift.campaign === campaign)
      effects.commitment += drift.shift * rampedShare(drift.ramp_minutes, time_ms - drift.onset.start_ms);
    if (drift.kind === 'relationship_inversion' && drift.campaign === campaign)
      effects.coupling_sign = effects.coupling_sign === 1 ? -1 : 1;
  }
  return effects;
}

function rampedShare(ramp_minutes: number, since_ms: number): number {
  return ramp_minutes === 0 ? 1 : Math.min(1, since_ms / (ramp_minutes * MINUTE_MS));
}
