import type { Scenario } from '../../contracts/scenario.js';
import {
  AGENT_COMMITMENTS,
  AGENT_PHRASES,
  CALLEE_COMMITMENTS,
  CALLEE_OBJECTIONS,
  CALLEE_OPT_OUTS,
  CALLEE_PHRASES,
} from './phrases.js';
import type { Random } from './random.js';
import { decimal, HEADS, type Timeline } from './timeline.js';

/** What is said on a call with a human: turns by turns, agent first, and who cuts in on whom. */

export interface Talk {
  /** `","data":{"call_id":"..."`. */
  readonly call: string;
  readonly answered_ms: number;
  readonly talk_ms: number;
  readonly isShort: boolean;
  readonly isOptOut: boolean;
  /** Share of agent turns with commitment language. */
  readonly commitment: number;
  /** Factor on the interruptions by the callee. */
  readonly interruption_factor: number;
}

const TURNS_MAX = 10;
/** A call of 40 s has two pairs of turns; each further one takes this long. */
const PAIR_MS = 55_000;
/** Silence at the end of a call; the transcription of its last turn comes within it. */
const CLOSING_MS = 300;

const TURN_IDS = Array.from({ length: TURNS_MAX }, (_, index) => `,"turn_id":"t${index + 1}"`);
const CONFIDENCES = Array.from({ length: 1_000 }, (_, milli) => `0.${String(1_000 + milli).slice(1)}`);

const spoken = (speaker: string, phrases: readonly string[]) =>
  phrases.map((phrase) => `,"speaker":"${speaker}","text":"${phrase}","confidence":`);
const SPOKEN = {
  agent: spoken('agent', AGENT_PHRASES),
  agent_commitment: spoken('agent', AGENT_COMMITMENTS),
  callee: spoken('callee', CALLEE_PHRASES),
  callee_commitment: spoken('callee', CALLEE_COMMITMENTS),
  callee_objection: spoken('callee', CALLEE_OBJECTIONS),
  callee_opt_out: spoken('callee', CALLEE_OPT_OUTS),
};

export class Conversation {
  private readonly timeline: Timeline;
  private readonly levels: Scenario['levels'];
  /** Of the turns of the call at hand, ms since the answer: start, end, the pause before, and how early it begins. */
  private readonly from = new Float64Array(TURNS_MAX);
  private readonly until = new Float64Array(TURNS_MAX);
  private readonly pause = new Float64Array(TURNS_MAX);
  private readonly overlap = new Float64Array(TURNS_MAX);

  constructor(scenario: Scenario, timeline: Timeline) {
    this.timeline = timeline;
    this.levels = scenario.levels;
  }

  write(talk: Talk, random: Random): void {
    const turns = this.layOut(talk, random);
    const minutes = talk.talk_ms / 60_000;
    const { interruptions_by_callee, interruptions_by_agent, backchannels } = this.levels;
    this.cutIn(talk, turns, 'agent', random.poisson(interruptions_by_agent * minutes), random);
    this.cutIn(
      talk,
      turns,
      'callee',
      random.poisson(interruptions_by_callee * talk.interruption_factor * minutes),
      random,
    );
    for (let count = random.poisson(backchannels * minutes); count > 0; count -= 1)
      this.backchannel(talk, turns, random);
    for (let turn = 0; turn < turns; turn += 1) this.writeTurn(talk, turn, turns, random);
  }

  /** Divides the talk into pairs of turns, each after a pause; returns how many turns. */
  private layOut(talk: Talk, random: Random): number {
    const pairs = talk.isShort
      ? 1
      : Math.min(TURNS_MAX / 2, 2 + Math.floor((talk.talk_ms - 40_000) / PAIR_MS + random.uniform()));
    const turns = 2 * pairs;
    let sum = 0;
    for (let turn = 0; turn < turns; turn += 1) {
      sum += 0.6 + 0.8 * random.uniform();
      this.until[turn] = sum;
    }
    const scale = (talk.talk_ms - CLOSING_MS) / sum;
    let border_ms = 0;
    for (let turn = 0; turn < turns; turn += 1) {
      const until_ms = Math.floor(this.until[turn] * scale);
      const usual_ms =
        turn % 2 === 0 ? 350 + Math.floor(550 * (random.uniform() + random.uniform())) : 150 + random.index(450);
      this.pause[turn] = Math.min(usual_ms, Math.floor(0.4 * (until_ms - border_ms)));
      this.from[turn] = border_ms + this.pause[turn];
      this.until[turn] = until_ms;
      this.overlap[turn] = 0;
      border_ms = until_ms;
    }
    return turns;
  }

  /**
   * `count` interruptions of turns of the other side. The first one of a turn is the next turn beginning early; where
   * that is taken, or nothing follows, it is an interjection within the turn.
   */
  private cutIn(talk: Talk, turns: number, by: 'agent' | 'callee', count: number, random: Random): void {
    for (let left = count; left > 0; left -= 1) {
      const turn = 2 * random.index(turns / 2) + (by === 'callee' ? 0 : 1);
      const length_ms = this.until[turn] - this.from[turn];
      const overlap_ms = Math.min(200 + random.index(900), Math.floor(0.6 * length_ms));
      const within_ms = Math.floor(random.uniform() * (length_ms - overlap_ms));
      const isNextTurn = turn + 1 < turns && this.overlap[turn + 1] === 0;
      if (isNextTurn) this.overlap[turn + 1] = overlap_ms;
      const at_ms = isNextTurn ? this.until[turn] - overlap_ms : this.from[turn] + within_ms;
      this.timeline.add(
        HEADS['turn.interrupted'],
        talk.answered_ms + at_ms,
        `${talk.call},"by":"${by}"${TURN_IDS[turn]},"overlap_ms":${decimal(overlap_ms)},"backchannel":false}}\n`,
      );
    }
  }

  /** The callee says "mhm" while the agent goes on. */
  private backchannel(talk: Talk, turns: number, random: Random): void {
    const turn = 2 * random.index(turns / 2);
    const at_ms = this.from[turn] + Math.floor(random.uniform() * 0.8 * (this.until[turn] - this.from[turn]));
    this.timeline.add(
      HEADS['turn.interrupted'],
      talk.answered_ms + at_ms,
      `${talk.call},"by":"callee"${TURN_IDS[turn]},"overlap_ms":${decimal(120 + random.index(200))},"backchannel":true}}\n`,
    );
  }

  private writeTurn(talk: Talk, turn: number, turns: number, random: Random): void {
    const isAgent = turn % 2 === 0;
    const overlap_ms = this.overlap[turn];
    const started_ms = talk.answered_ms + (overlap_ms > 0 ? this.until[turn - 1] - overlap_ms : this.from[turn]);
    const ended_ms = talk.answered_ms + this.until[turn];
    const phrases = this.phrases(talk, isAgent, turn === turns - 1, random.uniform());
    const phrase = phrases[random.index(phrases.length)];
    const confidence = CONFIDENCES[998 - Math.floor(150 * random.uniform() ** 2)];
    const instants = `,"started_at":"${this.timeline.instant(started_ms)}","ended_at":"${this.timeline.instant(ended_ms)}"`;
    const latency = isAgent && overlap_ms === 0 ? `,"response_latency_ms":${decimal(this.pause[turn])}` : '';
    this.timeline.add(
      HEADS['turn.transcribed'],
      ended_ms + 40 + random.index(CLOSING_MS - 50),
      `${talk.call}${TURN_IDS[turn]}${phrase}${confidence}${instants}${latency}}}\n`,
    );
  }

  private phrases(talk: Talk, isAgent: boolean, isLast: boolean, kind: number): readonly string[] {
    if (isAgent) return kind < talk.commitment ? SPOKEN.agent_commitment : SPOKEN.agent;
    if (isLast && talk.isOptOut) return SPOKEN.callee_opt_out;
    const { callee_commitment_rate, objection_rate } = this.levels;
    if (kind < callee_commitment_rate) return SPOKEN.callee_commitment;
    return kind < callee_commitment_rate + objection_rate ? SPOKEN.callee_objection : SPOKEN.callee;
  }
}
