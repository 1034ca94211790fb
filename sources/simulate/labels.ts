import type { Scenario, ScenarioLabel } from '../../contracts/scenario.js';
import { type CallingMinute, callingMinute, dayCount, minuteOfDay } from './calendar.js';
import { windowCorrelation } from './coupling.js';
import { type PlannedDrift, planDrifts } from './drifts.js';
import {
  answerLogOdds,
  answerShares,
  type Campaign,
  expit,
  logit,
  NO_SHIFTS,
  Pacing,
  type Pool,
  type PoolShifts,
  season,
} from './levels.js';

/** Length of the windows that `coupling` of a label speaks of. */
const RELATIONSHIP_WINDOW_MINUTES = 15;

type Level = Pick<ScenarioLabel, 'direction' | 'affects' | 'truth' | 'coupling'>;

/** A pool of a segment at a moment, with the calls per minute it is paced at. */
interface PacedPool {
  readonly pool: Pool;
  readonly calls_per_minute: number;
}

/** The drifts of a scenario under a seed, as a watcher ought to find them. No event is generated for it. */
export function scenarioLabels(scenario: Scenario, seed: number): ScenarioLabel[] {
  const day = dayCount(scenario) - 1;
  const end = callingMinute(scenario, day, minuteOfDay(scenario.calendar.calling_until));
  return planDrifts(scenario, seed).map((drift) => {
    const level = labelled(scenario, drift, drift.onset);
    return {
      name: drift.name,
      ...subject(drift),
      ...level,
      onset_us: drift.onset.start_ms * 1_000,
      end_us: end.start_ms * 1_000,
      ramp_minutes: drift.kind === 'commitment_fade' ? drift.ramp_minutes : 0,
    };
  });
}

/** What a drift is about, and where. */
function subject(drift: PlannedDrift): Pick<ScenarioLabel, 'signal' | 'relationship' | 'segment'> {
  const relationship = null;
  switch (drift.kind) {
    case 'answer_collapse':
      return { signal: 'answer_rate', relationship, segment: { number_pool: drift.pool, campaign: drift.campaign } };
    case 'machine_rise':
      return {
        signal: drift.machine === 'voicemail' ? 'voicemail_rate' : 'call_screening_rate',
        relationship,
        segment: { campaign: drift.campaign },
      };
    case 'barge_in_rise':
      return { signal: 'interruption_rate_by_callee', relationship, segment: { agent_version: drift.agent_version } };
    case 'commitment_fade':
      return { signal: 'commitment_rate', relationship, segment: { campaign: drift.campaign } };
    case 'relationship_inversion':
      return { signal: null, relationship: 'answer_voicemail', segment: { campaign: drift.campaign } };
  }
}

function labelled(scenario: Scenario, drift: PlannedDrift, minute: CallingMinute): Level {
  switch (drift.kind) {
    case 'answer_collapse':
      return answerCollapse(scenario, drift, minute);
    case 'machine_rise':
      return machineRise(scenario, drift, minute);
    case 'barge_in_rise': {
      const p0 = scenario.levels.interruptions_by_callee;
      return {
        direction: drift.factor >= 1 ? 'up' : 'down',
        affects: ['interruption_rate_by_callee', 'derived_interruption_rate_by_callee', 'talk_over_ratio'],
        truth: { p0, p1: p0 * drift.factor, dispersion: 1 },
        coupling: null,
      };
    }
    case 'commitment_fade': {
      // Of all turns, as the signal counts them: agents and callees take turns, so half of the turns are the agents'.
      const { commitment_rate, callee_commitment_rate } = scenario.levels;
      const ofAll = (agents: number) => (agents + callee_commitment_rate) / 2;
      const after = expit(logit(commitment_rate) + drift.shift);
      return {
        direction: drift.shift >= 0 ? 'up' : 'down',
        affects: ['commitment_rate'],
        truth: { p0: ofAll(commitment_rate), p1: ofAll(after), dispersion: 1 },
        coupling: null,
      };
    }
    case 'relationship_inversion':
      return relationshipInversion(scenario, minute);
  }
}

function answerCollapse(
  scenario: Scenario,
  drift: PlannedDrift & { kind: 'answer_collapse' },
  minute: CallingMinute,
): Level {
  const at = season(scenario, minute);
  const [{ pool, calls_per_minute }] = pacedPools(scenario, minute, drift.campaign, drift.pool);
  const level = (shift: number) => expit(answerLogOdds(scenario, pool, at, shift));
  return {
    direction: drift.shift >= 0 ? 'up' : 'down',
    affects: ['answer_rate', 'human_answer_rate'],
    truth: { p0: level(0), p1: level(drift.shift), dispersion: trueDispersion(scenario, [calls_per_minute]) },
    coupling: null,
  };
}

function machineRise(scenario: Scenario, drift: PlannedDrift & { kind: 'machine_rise' }, minute: CallingMinute): Level {
  const at = season(scenario, minute);
  const answered = pacedPools(scenario, minute, drift.campaign).map(({ pool, calls_per_minute }) => ({
    pool,
    answers: calls_per_minute * expit(answerLogOdds(scenario, pool, at, 0)),
  }));
  const total = answered.reduce((sum, { answers }) => sum + answers, 0);
  const level = (shifts: PoolShifts) =>
    answered.reduce(
      (sum, { pool, answers }) => sum + answers * answerShares(scenario, pool, at, shifts)[drift.machine],
      0,
    ) / total;
  const shifted: PoolShifts = { ...NO_SHIFTS, [drift.machine]: drift.shift };
  const own = drift.machine === 'voicemail' ? ['voicemail_rate'] : ['call_screening_rate', 'voicemail_rate'];
  return {
    direction: drift.shift >= 0 ? 'up' : 'down',
    affects: [...own, 'human_answer_rate'],
    truth: {
      p0: level(NO_SHIFTS),
      p1: level(shifted),
      dispersion: trueDispersion(
        scenario,
        answered.map(({ answers }) => answers),
      ),
    },
    coupling: null,
  };
}

function relationshipInversion(scenario: Scenario, minute: CallingMinute): Level {
  const terms = scenario.coupling!;
  const at = season(scenario, minute);
  const pools = pacedPools(scenario, minute, terms.campaign);
  const calls = pools.reduce((sum, { calls_per_minute }) => sum + calls_per_minute, 0);
  const mean = (value: (pool: Pool) => number) =>
    pools.reduce((sum, { pool, calls_per_minute }) => sum + calls_per_minute * value(pool), 0) / calls;
  const shares = (pool: Pool) => answerShares(scenario, pool, at, NO_SHIFTS);
  const answer_log_odds = mean((pool) => answerLogOdds(scenario, pool, at, 0));
  const rates = pools.map(({ calls_per_minute }) => calls_per_minute);
  const r0 = windowCorrelation(
    terms,
    {
      answer_log_odds,
      voicemail_log_odds: mean((pool) => logit(shares(pool).voicemail / (shares(pool).voicemail + shares(pool).human))),
      open_share: mean((pool) => shares(pool).voicemail + shares(pool).human),
      calls_per_minute: calls,
      dispersion_of_answers: trueDispersion(scenario, rates),
      dispersion_of_voicemail: trueDispersion(
        scenario,
        rates.map((rate) => rate * expit(answer_log_odds)),
      ),
    },
    RELATIONSHIP_WINDOW_MINUTES,
  );
  return {
    direction: r0 < 0 ? 'up' : 'down',
    affects: ['answer_voicemail'],
    truth: null,
    coupling: { r0, r1: -r0 },
  };
}

/**
 * Variance of the outcomes of whole pool-minutes over what independent calls would give, in a segment whose pools make
 * the given numbers of trials per minute: 1 + (size-biased mean of the trials of a pool-minute - 1) x correlation. The
 * size-biased mean of a Poisson count of mean m and dispersion d is 1 + m (1 + d).
 */
export function trueDispersion(scenario: Scenario, trials_per_minute: readonly number[]): number {
  const { intra_minute_correlation, volume_dispersion } = scenario.variation;
  const trials = trials_per_minute.reduce((sum, mean) => sum + mean, 0);
  const squares = trials_per_minute.reduce((sum, mean) => sum + mean * mean, 0);
  return 1 + (squares / trials) * (1 + volume_dispersion) * intra_minute_correlation;
}

function pacedPools(scenario: Scenario, minute: CallingMinute, campaign: string, pool?: string): PacedPool[] {
  const pacing = new Pacing(scenario);
  const own = scenario.campaigns.find((entry) => entry.name === campaign) as Campaign;
  return own.pools
    .filter((entry) => pool === undefined || entry.name === pool)
    .map((entry) => ({ pool: entry, calls_per_minute: pacing.callsPerMinute(own, entry, minute) }));
}
