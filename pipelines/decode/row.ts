import type { RejectionReason } from '../../contracts/event.js';
import { EVENT_COLUMNS } from '../../contracts/event-columns.js';

const COLUMNS = EVENT_COLUMNS.length;

/**
 * One decoded event before it is let in: which columns have a value, and the value. Numbers are in `numbers`; hashes in
 * two lanes; strings are spans of `bytes`. A row is overwritten by the next; nothing is allocated for it.
 */
export class Row {
  /** Columns with a value, in the order in which they were set; the first `count` count. */
  readonly columns = new Uint8Array(COLUMNS);
  count = 0;
  readonly numbers = new Float64Array(COLUMNS);
  readonly low = new Uint32Array(COLUMNS);
  readonly high = new Uint32Array(COLUMNS);
  readonly from = new Int32Array(COLUMNS);
  readonly to = new Int32Array(COLUMNS);
  /** What string spans point into. */
  bytes: Uint8Array = new Uint8Array();
  /** 96-bit fingerprint of (source, id). */
  readonly fingerprint = new Uint32Array(3);
  event_time_us = 0;
  type = 0;
  /** The callee's number and the turn's text never become columns: spans of `bytes`, or -1. */
  callee_from = -1;
  callee_to = -1;
  text_from = -1;
  text_to = -1;

  begin(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.count = 0;
    this.callee_from = -1;
    this.text_from = -1;
  }

  /** Whether a column has a value. */
  has(column: number): boolean {
    for (let index = 0; index < this.count; index++) if (this.columns[index] === column) return true;
    return false;
  }

  setNumber(column: number, value: number): void {
    this.columns[this.count++] = column;
    this.numbers[column] = value;
    this.from[column] = -1;
  }

  setSpan(column: number, from: number, to: number): void {
    this.columns[this.count++] = column;
    this.from[column] = from;
    this.to[column] = to;
  }

  setKey(column: number, low: number, high: number): void {
    this.columns[this.count++] = column;
    this.low[column] = low;
    this.high[column] = high;
  }
}

/** Why a line was kept out. */
export interface Refusal {
  readonly reason: RejectionReason;
  readonly detail: string;
}
