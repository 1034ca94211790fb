import type { Scenario } from '../../contracts/scenario.js';
import { MINUTE_MS } from './calendar.js';
import { type Contact, type ContactBook, calleeNumber } from './contacts.js';
import type { Conversation } from './conversation.js';
import type { AnswerShares } from './levels.js';
import type { Random } from './random.js';
import { Counter, decimal, HEADS, type Timeline } from './timeline.js';

/** One call, from the dial to its outcome, as events on the timeline. */

/** What is constant in the calls of a pool, ready to be written. */
export interface PoolText {
  readonly campaign: number;
  /** Dimensions of the pool with each of its own numbers, up to `"agent_id":"`. */
  readonly dimensions: readonly string[];
  /** Agents of the campaign, up to `"agent_version":"`. */
  readonly agents: readonly string[];
}

/** What holds for the calls of a pool in one minute. */
export interface PoolMinute {
  start_ms: number;
  day_start_ms: number;
  /** Share of calls that are answered, as this minute has it. */
  answer: number;
  /** Who answers, as this minute has it. */
  readonly answered_by: AnswerShares;
  /** Share of agent turns with commitment language. */
  commitment: number;
  /** The version that takes over, its share of the calls (0: none) and its factor on callee interruptions. */
  new_version: string;
  new_version_share: number;
  new_version_factor: number;
}

const DISPOSITIONS_UNANSWERED = [
  { until: 0.72, disposition: 'no_answer', from_ms: 20_000, until_ms: 32_000, rings: true, hangup_by: 'agent' },
  { until: 0.84, disposition: 'busy', from_ms: 1_200, until_ms: 3_500, rings: false, hangup_by: 'network' },
  { until: 0.98, disposition: 'declined', from_ms: 5_000, until_ms: 15_000, rings: true, hangup_by: 'callee' },
  { until: 1, disposition: 'failed_network', from_ms: 800, until_ms: 6_000, rings: false, hangup_by: 'network' },
] as const;

const SHORT_TALK_MS = { from: 2_000, until: 9_000 };
const VOICEMAIL_TALK_MS = { from: 12_000, until: 35_000 };
const SCREENING_TALK_MS = { from: 14_000, until: 40_000 };
const OTHER_TALK_MS = { from: 12_000, until: 25_000 };
/** Talk with a human: log-normal within bounds. */
const HUMAN_TALK = { median_ms: 100_000, sigma: 0.45, from_ms: 40_000, until_ms: 240_000 };

const COST_PER_DIAL_MICROS = 2_000;
const COST_PER_TALK_MS_MICROS = 7 / 6;

export class CallWriter {
  private readonly timeline: Timeline;
  private readonly contacts: ContactBook;
  private readonly conversation: Conversation;
  private readonly levels: Scenario['levels'];
  private readonly version: string;
  private readonly ids = new Counter('","data":{"call_id":"c-');
  private readonly contact: Contact = { id: 0, attempt: 1 };

  constructor(scenario: Scenario, timeline: Timeline, contacts: ContactBook, conversation: Conversation) {
    this.timeline = timeline;
    this.contacts = contacts;
    this.conversation = conversation;
    this.levels = scenario.levels;
    this.version = scenario.agent_version;
  }

  /**
   * Draws a call and adds its events. Everything that a drift may change is drawn after what it may not, so that the
   * calls it does not touch stay the same.
   */
  write(pool: PoolText, minute: PoolMinute, random: Random): void {
    const { contact, timeline } = this;
    const start_ms = minute.start_ms + random.index(MINUTE_MS);
    this.contacts.dial(pool.campaign, start_ms, minute.day_start_ms, random.uniform(), random.uniform(), contact);
    const dimensions = pool.dimensions[random.index(pool.dimensions.length)];
    const agent = pool.agents[random.index(pool.agents.length)];
    const isNewVersion = random.uniform() < minute.new_version_share;
    const call = `${this.ids.next()}"`;
    timeline.add(
      HEADS['call.initiated'],
      start_ms,
      `${call},"callee":"${calleeNumber(contact.id)}","account_id":"a-${contact.id.toString(36)}","attempt":${decimal(contact.attempt)},"direction":"outbound"${dimensions}${agent}${isNewVersion ? minute.new_version : this.version}"}}\n`,
    );
    const setup_ms = 700 + random.index(1_800);
    if (random.uniform() >= minute.answer) {
      this.contacts.unanswered(pool.campaign, contact, start_ms);
      this.writeUnanswered(call, start_ms, setup_ms, random);
      return;
    }
    timeline.add(HEADS['call.ringing'], start_ms + setup_ms, `${call}}}\n`);
    const ring_ms = 2_500 + Math.floor(9_000 * (random.uniform() + random.uniform()));
    const answered_ms = start_ms + setup_ms + ring_ms;
    timeline.add(HEADS['call.answered'], answered_ms, `${call},"ring_ms":${decimal(ring_ms)}}}\n`);
    this.writeAnswered(call, start_ms, answered_ms, minute, isNewVersion ? minute.new_version_factor : 1, random);
  }

  private writeUnanswered(call: string, start_ms: number, setup_ms: number, random: Random): void {
    const which = random.uniform();
    const end = DISPOSITIONS_UNANSWERED.find((entry) => which < entry.until)!;
    const duration_ms = end.from_ms + random.index(end.until_ms - end.from_ms);
    if (end.rings) this.timeline.add(HEADS['call.ringing'], start_ms + setup_ms, `${call}}}\n`);
    this.timeline.add(
      HEADS['call.ended'],
      start_ms + duration_ms,
      `${call},"disposition":"${end.disposition}","duration_ms":${decimal(duration_ms)},"hangup_by":"${end.hangup_by}","cost_micros":${decimal(COST_PER_DIAL_MICROS)},"currency":"USD"}}\n`,
    );
  }

  private writeAnswered(
    call: string,
    start_ms: number,
    answered_ms: number,
    minute: PoolMinute,
    interruption_factor: number,
    random: Random,
  ): void {
    const who = random.uniform();
    const isShort = random.uniform() < this.levels.short_call_rate;
    const { screening, other, voicemail } = minute.answered_by;
    if (who < screening)
      this.writeMachine(call, start_ms, answered_ms, 'call_screening', isShort, SCREENING_TALK_MS, random);
    else if (who < screening + other)
      this.writeMachine(call, start_ms, answered_ms, 'ivr', isShort, OTHER_TALK_MS, random);
    else if (who < screening + other + voicemail)
      this.writeMachine(call, start_ms, answered_ms, 'voicemail', isShort, VOICEMAIL_TALK_MS, random);
    else this.writeHuman(call, start_ms, answered_ms, isShort, minute.commitment, interruption_factor, random);
  }

  private writeMachine(
    call: string,
    start_ms: number,
    answered_ms: number,
    answered_by: 'voicemail' | 'call_screening' | 'ivr',
    isShort: boolean,
    talk: { from: number; until: number },
    random: Random,
  ): void {
    const range = isShort ? SHORT_TALK_MS : talk;
    const talk_ms = Math.floor(random.between(range.from, range.until));
    this.writeDetection(call, answered_ms, answered_by, 1_800 + random.index(2_400), talk_ms, random);
    const disposition = answered_by === 'voicemail' ? 'voicemail' : answered_by === 'ivr' ? 'completed' : 'abandoned';
    this.writeEnd(call, start_ms, answered_ms, talk_ms, disposition, 'agent');
  }

  private writeHuman(
    call: string,
    start_ms: number,
    answered_ms: number,
    isShort: boolean,
    commitment: number,
    interruption_factor: number,
    random: Random,
  ): void {
    const talk_ms = isShort
      ? Math.floor(random.between(SHORT_TALK_MS.from, SHORT_TALK_MS.until))
      : Math.floor(
          Math.min(
            HUMAN_TALK.until_ms,
            Math.max(HUMAN_TALK.from_ms, HUMAN_TALK.median_ms * Math.exp(HUMAN_TALK.sigma * random.normal())),
          ),
        );
    this.writeDetection(call, answered_ms, 'human', 600 + random.index(1_000), talk_ms, random);
    const outcome = this.drawOutcome(random.uniform());
    const isHandedOff = !isShort && random.uniform() < this.levels.handoff_rate;
    if (isHandedOff) {
      const to = 1 + random.index(6);
      this.timeline.add(
        HEADS['call.transferred'],
        answered_ms + Math.floor(talk_ms * random.between(0.6, 0.9)),
        `${call},"from_role":"qualifier","to_role":"closer","to_agent_id":"closer-0${to}","returned":${random.uniform() < 0.1}}}\n`,
      );
    }
    const hangup_by = random.uniform() < 0.55 ? 'callee' : 'agent';
    this.writeEnd(call, start_ms, answered_ms, talk_ms, isHandedOff ? 'transferred' : 'completed', hangup_by);
    this.timeline.add(
      HEADS['outcome.recorded'],
      answered_ms + talk_ms + 60_000 + random.index(240_000),
      `${call},"outcome":"${outcome}${outcome === 'converted' ? `","value_micros":${(49 + random.index(450)) * 1_000_000},"currency":"USD` : ''}"}}\n`,
    );
    this.conversation.write(
      { call, answered_ms, talk_ms, isShort, isOptOut: outcome === 'opt_out', commitment, interruption_factor },
      random,
    );
  }

  private writeDetection(
    call: string,
    answered_ms: number,
    answered_by: string,
    usual_ms: number,
    talk_ms: number,
    random: Random,
  ): void {
    const detection_ms = Math.min(usual_ms, Math.floor(talk_ms * 0.8));
    const confidence = 999 - Math.floor(180 * random.uniform() ** 2);
    this.timeline.add(
      HEADS['call.amd'],
      answered_ms + detection_ms,
      `${call},"answered_by":"${answered_by}","detection_ms":${decimal(detection_ms)},"confidence":0.${confidence}}}\n`,
    );
  }

  private writeEnd(
    call: string,
    start_ms: number,
    answered_ms: number,
    talk_ms: number,
    disposition: string,
    hangup_by: string,
  ): void {
    const end_ms = answered_ms + talk_ms;
    const cost_micros = COST_PER_DIAL_MICROS + Math.floor(talk_ms * COST_PER_TALK_MS_MICROS);
    this.timeline.add(
      HEADS['call.ended'],
      end_ms,
      `${call},"disposition":"${disposition}","duration_ms":${decimal(end_ms - start_ms)},"talk_ms":${decimal(talk_ms)},"hangup_by":"${hangup_by}","cost_micros":${decimal(cost_micros)},"currency":"USD"}}\n`,
    );
  }

  private drawOutcome(which: number): 'converted' | 'booked' | 'qualified' | 'opt_out' | 'not_interested' {
    const { converted_rate, booked_rate, qualified_rate, opt_out_rate } = this.levels;
    if (which < converted_rate) return 'converted';
    if (which < converted_rate + booked_rate) return 'booked';
    if (which < converted_rate + booked_rate + qualified_rate) return 'qualified';
    if (which < converted_rate + booked_rate + qualified_rate + opt_out_rate) return 'opt_out';
    return 'not_interested';
  }
}
