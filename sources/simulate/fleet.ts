import type { Scenario } from '../../contracts/scenario.js';
import { type CallingMinute, callingMinutes, dayCount, MINUTE_MS } from './calendar.js';
import { CallWriter, type PoolMinute, type PoolText } from './call.js';
import { ContactBook, callerNumber } from './contacts.js';
import { Conversation } from './conversation.js';
import { Coupling } from './coupling.js';
import { effectsAt, type PlannedDrift, planDrifts } from './drifts.js';
import {
  type AnswerShares,
  answerLogOdds,
  answerShares,
  type Campaign,
  expit,
  logit,
  Pacing,
  type Pool,
  type Season,
  season,
} from './levels.js';
import { Random, type StreamKey, streamKey } from './random.js';
import { HEADS, type SimulatedChunk, Timeline } from './timeline.js';

/** Minutes after the last dial of a day until its last event is out: ringing, talk, outcome. */
const DRAIN_MINUTES = 30;
/** Own numbers of one pool start this far apart. */
const CALLER_IDS_PER_POOL = 100;

interface PoolState {
  readonly campaign: Campaign;
  readonly pool: Pool;
  readonly key: StreamKey;
  readonly text: PoolText;
  readonly caller_ids: readonly string[];
}

/**
 * All events of a scenario under a seed, in the order of their time, no two at the same moment. A pure function: the
 * same scenario and seed give the same bytes.
 */
export function* simulate(scenario: Scenario, seed: number): Generator<SimulatedChunk, void, undefined> {
  const fleet = new Fleet(scenario, seed);
  for (let day = 0; day < dayCount(scenario); day += 1) yield* fleet.day(day);
  yield* fleet.end();
}

class Fleet {
  private readonly scenario: Scenario;
  private readonly plan: readonly PlannedDrift[];
  private readonly pacing: Pacing;
  private readonly timeline: Timeline;
  private readonly calls: CallWriter;
  private readonly coupling: Coupling | undefined;
  private readonly pools: readonly PoolState[];
  private readonly random = new Random();
  private readonly minute: PoolMinute;
  private readonly shares: AnswerShares = { screening: 0, other: 0, voicemail: 0, human: 0 };

  constructor(scenario: Scenario, seed: number) {
    this.scenario = scenario;
    this.plan = planDrifts(scenario, seed);
    this.pacing = new Pacing(scenario);
    this.timeline = new Timeline(`s${seed.toString(36)}-`);
    const { retry_rate, duplicate_rate } = scenario.levels;
    const contacts = new ContactBook(scenario.campaigns.length, retry_rate, duplicate_rate);
    this.calls = new CallWriter(scenario, this.timeline, contacts, new Conversation(scenario, this.timeline));
    this.coupling = scenario.coupling === null ? undefined : new Coupling(scenario.coupling, seed);
    this.pools = poolStates(scenario, seed);
    this.minute = {
      start_ms: 0,
      day_start_ms: 0,
      answer: 0,
      answered_by: this.shares,
      commitment: 0,
      new_version: scenario.agent_version,
      new_version_share: 0,
      new_version_factor: 1,
    };
  }

  *day(day: number): Generator<SimulatedChunk, void, undefined> {
    const minutes = callingMinutes(this.scenario, day);
    this.minute.day_start_ms = minutes[0].start_ms;
    for (const minute of minutes) {
      this.callingMinute(minute);
      this.timeline.writeMinute(minute.start_ms / MINUTE_MS);
      yield* this.timeline.take();
    }
    const after = minutes[minutes.length - 1].start_ms / MINUTE_MS + 1;
    for (let offset = 0; offset < DRAIN_MINUTES; offset += 1) this.timeline.writeMinute(after + offset);
    yield* this.timeline.take();
  }

  end(): SimulatedChunk[] {
    return this.timeline.take(true);
  }

  private callingMinute(minute: CallingMinute): void {
    const at = season(this.scenario, minute);
    this.minute.start_ms = minute.start_ms;
    this.coupling?.moveTo(minute.start_ms / MINUTE_MS);
    this.newVersion(minute.start_ms);
    for (const state of this.pools) this.poolMinute(state, minute, at);
  }

  private poolMinute(state: PoolState, minute: CallingMinute, at: Season): void {
    const { random, scenario } = this;
    const number = minute.start_ms / MINUTE_MS;
    random.restart(state.key, number, 0);
    const usual = this.pacing.callsPerMinute(state.campaign, state.pool, minute);
    const dispersion = scenario.variation.volume_dispersion;
    const calls = random.poisson(dispersion > 0 ? usual * dispersion * random.gamma(1 / dispersion) : usual);
    this.reputation(state, minute.start_ms);
    if (calls === 0) return;
    this.drawLevels(state, at);
    for (let call = 1; call <= calls; call += 1)
      this.calls.write(state.text, this.minute, random.restart(state.key, number, call));
  }

  /** Levels of a pool in one minute: what is usual, drifts, the coupling, and the chance of the minute. */
  private drawLevels(state: PoolState, at: Season): void {
    const { minute, random, scenario } = this;
    const effects = effectsAt(this.plan, state.campaign.name, state.pool.name, minute.start_ms);
    let answer = answerLogOdds(scenario, state.pool, at, effects.answer);
    if (this.coupling?.campaign === state.campaign.name) {
      effects.voicemail += this.coupling.voicemailShift(effects.coupling_sign, answer);
      answer += this.coupling.answerShift();
    }
    const correlation = scenario.variation.intra_minute_correlation;
    minute.answer = random.beta(expit(answer), correlation);
    drawShares(random, answerShares(scenario, state.pool, at, effects), correlation, this.shares);
    minute.commitment = expit(logit(scenario.levels.commitment_rate) + effects.commitment);
  }

  private newVersion(time_ms: number): void {
    for (const drift of this.plan) {
      if (drift.kind !== 'barge_in_rise' || time_ms < drift.onset.start_ms) continue;
      this.minute.new_version = drift.agent_version;
      this.minute.new_version_share = drift.call_share;
      this.minute.new_version_factor = drift.factor;
    }
  }

  /** The minute in which a pool is labelled as spam: one event per number. */
  private reputation(state: PoolState, time_ms: number): void {
    for (const drift of this.plan) {
      if (drift.kind !== 'answer_collapse' || drift.pool !== state.pool.name || drift.onset.start_ms !== time_ms)
        continue;
      for (const [index, caller_id] of state.caller_ids.entries())
        this.timeline.add(
          HEADS['number.reputation'],
          time_ms + index,
          `","data":{"caller_id":"${caller_id}","label":"spam","attestation":"B","authority":"analytics_one","campaign":"${state.campaign.name}","number_pool":"${state.pool.name}"}}\n`,
        );
    }
  }
}

/** Dirichlet with the given means; every share has the given correlation, as in `Random.beta`. */
function drawShares(random: Random, means: AnswerShares, correlation: number, into: AnswerShares): void {
  const size = correlation <= 0 ? 0 : (1 - correlation) / correlation;
  into.screening = size === 0 ? means.screening : random.gamma(means.screening * size);
  into.other = size === 0 ? means.other : random.gamma(means.other * size);
  into.voicemail = size === 0 ? means.voicemail : random.gamma(means.voicemail * size);
  into.human = size === 0 ? means.human : random.gamma(means.human * size);
  const sum = into.screening + into.other + into.voicemail + into.human;
  into.screening /= sum;
  into.other /= sum;
  into.voicemail /= sum;
  into.human /= sum;
}

function poolStates(scenario: Scenario, seed: number): PoolState[] {
  const states: PoolState[] = [];
  for (const [index, campaign] of scenario.campaigns.entries()) {
    const agents = Array.from({ length: campaign.agents }, (_, agent) => {
      const number = String(agent + 1).padStart(2, '0');
      return `${campaign.name}-${number}","agent_version":"`;
    });
    for (const pool of campaign.pools) {
      const first = (states.length + 1) * CALLER_IDS_PER_POOL;
      const caller_ids = Array.from({ length: pool.caller_ids }, (_, offset) => callerNumber(first + offset));
      const dimensions = caller_ids.map(
        (caller_id) =>
          `,"campaign":"${campaign.name}","number_pool":"${pool.name}","caller_id":"${caller_id}","region":"${pool.region}","provider":"${pool.provider}","agent_role":"qualifier","agent_id":"`,
      );
      const text = { campaign: index, dimensions, agents };
      states.push({ campaign, pool, key: streamKey(seed, `pool/${pool.name}`), text, caller_ids });
    }
  }
  return states;
}
