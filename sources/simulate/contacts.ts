/**
 * Who is dialled: new contacts, contacts of an earlier day that did not answer, and now and then one that another
 * campaign has called the same day. Which of the three a dial is does not depend on how earlier calls went, so that a
 * collapse of answers changes neither the volume nor the mix of the dials.
 */

const RETRY_AFTER_MS = 24 * 3_600_000;
const RETRY_UNTIL_MS = 76 * 3_600_000;
const ATTEMPT_MAX = 3;
const RETRIES_MAX = 16_384;
const RECENT_MAX = 256;

/** Numbers 0000000 to 8999999 of area code 555, which is not in use; the fleet's own numbers follow. */
const CALLEE_NUMBERS = 9_000_000;
/** Has no factor in common with the size of the range: consecutive contacts get scattered numbers, none twice. */
const CALLEE_STRIDE = 6_364_147;

export interface Contact {
  id: number;
  attempt: number;
}

interface Dialled {
  id: number;
  attempt: number;
  time_ms: number;
}

/** A ring of the newest entries: the oldest give way. */
class Ring {
  private readonly entries: Dialled[];
  private first = 0;
  count = 0;

  constructor(entries_max: number) {
    this.entries = Array.from({ length: entries_max }, () => ({ id: 0, attempt: 0, time_ms: 0 }));
  }

  push(id: number, attempt: number, time_ms: number): void {
    const entry = this.entries[(this.first + this.count) % this.entries.length];
    entry.id = id;
    entry.attempt = attempt;
    entry.time_ms = time_ms;
    if (this.count < this.entries.length) this.count += 1;
    else this.first = (this.first + 1) % this.entries.length;
  }

  at(index: number): Dialled {
    return this.entries[(this.first + index) % this.entries.length];
  }

  dropFirst(): void {
    this.first = (this.first + 1) % this.entries.length;
    this.count -= 1;
  }
}

export class ContactBook {
  private readonly retries: Ring[];
  private readonly recent: Ring[];
  private readonly retryRate: number;
  private readonly duplicateRate: number;
  private contacts = 0;

  constructor(campaigns: number, retry_rate: number, duplicate_rate: number) {
    this.retries = Array.from({ length: campaigns }, () => new Ring(RETRIES_MAX));
    this.recent = Array.from({ length: campaigns }, () => new Ring(RECENT_MAX));
    this.retryRate = retry_rate;
    this.duplicateRate = duplicate_rate;
  }

  /** Whom a campaign dials; `kind` and `which` are even draws from [0, 1). `day_start_ms` begins the calling day. */
  dial(campaign: number, time_ms: number, day_start_ms: number, kind: number, which: number, into: Contact): void {
    into.attempt = 1;
    into.id = -1;
    if (kind < this.duplicateRate) into.id = this.calledToday(campaign, day_start_ms, which);
    else if (kind < this.duplicateRate + this.retryRate) this.takeRetry(campaign, time_ms, into);
    if (into.id < 0) {
      into.id = this.contacts;
      this.contacts += 1;
    }
    this.recent[campaign].push(into.id, into.attempt, time_ms);
  }

  /** A call that nobody answered: the contact may be tried again on a later day. */
  unanswered(campaign: number, contact: Contact, time_ms: number): void {
    if (contact.attempt < ATTEMPT_MAX) this.retries[campaign].push(contact.id, contact.attempt, time_ms);
  }

  private calledToday(campaign: number, day_start_ms: number, which: number): number {
    if (this.recent.length < 2) return -1;
    const other = (campaign + 1 + Math.floor(which * (this.recent.length - 1))) % this.recent.length;
    const ring = this.recent[other];
    if (ring.count === 0) return -1;
    const spread = (which * 1_000) % 1;
    const entry = ring.at(Math.floor(spread * ring.count));
    return entry.time_ms >= day_start_ms ? entry.id : -1;
  }

  private takeRetry(campaign: number, time_ms: number, into: Contact): void {
    const ring = this.retries[campaign];
    while (ring.count > 0 && ring.at(0).time_ms < time_ms - RETRY_UNTIL_MS) ring.dropFirst();
    if (ring.count === 0 || ring.at(0).time_ms > time_ms - RETRY_AFTER_MS) return;
    into.id = ring.at(0).id;
    into.attempt = ring.at(0).attempt + 1;
    ring.dropFirst();
  }
}

/** E.164 number of a contact. */
export function calleeNumber(id: number): string {
  return `+1555${String(10_000_000 + ((id * CALLEE_STRIDE) % CALLEE_NUMBERS)).slice(1)}`;
}

/** E.164 number of the fleet: `index` below 1,000,000. */
export function callerNumber(index: number): string {
  return `+1555${9_000_000 + index}`;
}
