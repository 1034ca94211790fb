import type { Scenario } from '../../contracts/scenario.js';
import { type CallingMinute, minuteOfDay } from './calendar.js';

/** What is normal in a fleet: levels by pool and local time, before any chance and any drift. */

export type Campaign = Scenario['campaigns'][number];
export type Pool = Campaign['pools'][number];

/** When in the day people answer most, local hours; the daily wave has a period of two calling days. */
const ANSWER_PEAK_HOUR = 18;
const ANSWER_PERIOD_HOURS = 22;
/** The weekly wave peaks at noon of this weekday (Monday is 0). */
const ANSWER_PEAK_DAY = 5;

/** Shifts of log odds that an hour and weekday bring to every pool. */
export interface Season {
  readonly answer: number;
  readonly voicemail: number;
}

/** Shifts of log odds that drifts bring to a pool at a moment. */
export interface PoolShifts {
  readonly answer: number;
  readonly voicemail: number;
  readonly screening: number;
}

export const NO_SHIFTS: PoolShifts = { answer: 0, voicemail: 0, screening: 0 };

/** Who answers: shares of answered calls that add up to one. */
export interface AnswerShares {
  screening: number;
  other: number;
  voicemail: number;
  human: number;
}

export function logit(share: number): number {
  return Math.log(share / (1 - share));
}

export function expit(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}

export function season(scenario: Scenario, minute: CallingMinute): Season {
  const { answer_daily, answer_weekly, voicemail_daily } = scenario.variation;
  const daily = Math.cos((2 * Math.PI * (minute.hour - ANSWER_PEAK_HOUR)) / ANSWER_PERIOD_HOURS);
  const weekly = Math.cos((2 * Math.PI * (minute.weekday + (minute.hour - 12) / 24 - ANSWER_PEAK_DAY)) / 7);
  return { answer: answer_daily * daily + answer_weekly * weekly, voicemail: -voicemail_daily * daily };
}

/** Log odds of an answer in a pool. */
export function answerLogOdds(scenario: Scenario, pool: Pool, at: Season, shift: number): number {
  return logit(scenario.levels.answer_rate) + pool.answer_shift + at.answer + shift;
}

/**
 * Who answers in a pool. Screening moves by itself; voicemail is a share of what is neither screened nor a menu, so
 * that more of the one leaves less for the others.
 */
export function answerShares(scenario: Scenario, pool: Pool, at: Season, shifts: PoolShifts): AnswerShares {
  const { voicemail_rate, call_screening_rate, other_rate } = scenario.levels;
  const screening = expit(logit(call_screening_rate) + shifts.screening);
  const other = (other_rate / (1 - call_screening_rate)) * (1 - screening);
  const rest = 1 - screening - other;
  const usual = voicemail_rate / (1 - call_screening_rate - other_rate);
  const voicemail = rest * expit(logit(usual) + pool.voicemail_shift + at.voicemail + shifts.voicemail);
  return { screening, other, voicemail, human: rest - voicemail };
}

/** Calls per minute that a pool is paced at. */
export class Pacing {
  private readonly scenario: Scenario;
  private readonly from: number;
  private readonly until: number;
  private readonly scale: number;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    this.from = minuteOfDay(scenario.calendar.calling_from) / 60;
    this.until = minuteOfDay(scenario.calendar.calling_until) / 60;
    let sum = 0;
    const minutes = Math.round((this.until - this.from) * 60);
    for (let minute = 0; minute < minutes; minute += 1) sum += this.shape(this.from + minute / 60);
    this.scale = scenario.calls_per_day / sum;
  }

  callsPerMinute(campaign: Campaign, pool: Pool, minute: CallingMinute): number {
    const volume = this.scenario.variation.weekday_volumes[minute.weekday];
    const poolShare = campaign.pools.length === 1 ? 1 : pool.share;
    return this.scale * volume * campaign.share * poolShare * this.shape(minute.hour);
  }

  /** One smooth hump over the calling hours. */
  private shape(hour: number): number {
    const part = (hour - this.from) / (this.until - this.from);
    return 1 + this.scenario.variation.volume_swing * Math.sin(Math.PI * part);
  }
}
