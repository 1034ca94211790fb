import type { Clock } from '../../contracts/clock.js';
import { parseDurationMs } from '../../contracts/duration.js';
import type { Fill } from '../../contracts/fill.js';
import { COLUMN } from '../decode/fields.js';
import type { Row } from '../decode/row.js';
import type { LandingOptions } from '../land/landing-options.js';
import { ContactTokens } from './contact-tokens.js';
import { KeyRing } from './key-ring.js';
import { RejectedKeys } from './rejected-keys.js';
import { openStoreKeys, type StoreKeys } from './store-keys.js';
import { TextReader } from './text-reader.js';
import { dayOf, keptTexts } from './text-records.js';
import { TextVault } from './text-vault.js';

/** What does not pass the door: the callee's number becomes a token, the text marks; neither becomes a column. */
export class Withholding {
  readonly ring: KeyRing;
  readonly keys: StoreKeys;
  readonly rejected_keys: RejectedKeys;
  readonly #clock: Clock;
  readonly #tokens: ContactTokens;
  readonly #reader: TextReader;
  readonly #reader_id: number;
  readonly #vault: TextVault;
  #expired_on = '';
  /** Bytes of the row last seen, and the same as a Buffer: many rows share them. */
  #bytes: Uint8Array | undefined;
  #buffer: Buffer = Buffer.alloc(0);

  /**
   * @param columns knows the ids of the column `text_reader`
   * @param has_events the log holds events
   */
  constructor(options: LandingOptions, columns: { intern(name: string, value: string): number }, has_events: boolean) {
    const { data_dir, config, clock } = options;
    this.ring = new KeyRing(data_dir, options.key_seed, config.master_key_file);
    this.ring.finishRotation();
    const warn = options.warn ?? (() => undefined);
    this.keys = openStoreKeys(this.ring, { events: has_events, texts: keptTexts(data_dir).has_any });
    this.#clock = clock;
    this.#tokens = new ContactTokens(this.keys.contact_token, config.contact_entries_max);
    this.#reader = TextReader.open(config.phrases);
    this.#reader_id = columns.intern('text_reader', this.#reader.version);
    const keep_ms = parseDurationMs(config.text_keep);
    this.#vault = new TextVault(data_dir, keep_ms, this.keys.texts, config.contact_entries_max, warn);
    this.rejected_keys = new RejectedKeys(data_dir, parseDurationMs(config.rejected_keep), this.ring);
    this.expire();
    // Not of days that are over: keys go first, and a crash may leave their texts until now.
    for (const file of keptTexts(data_dir).gone)
      warn(
        `"${file}" is gone: the texts of its day cannot be read. Put it back from a backup; everything else goes on.`,
      );
  }

  /** Once a day: texts, and keys of rejected bytes, whose day has passed go. */
  expire(): void {
    const now_ms = this.#clock.nowUs() / 1000;
    const day = dayOf(now_ms);
    if (day === this.#expired_on) return;
    this.#expired_on = day;
    this.#vault.expire(now_ms);
    this.rejected_keys.expire(now_ms);
  }

  /** Bytes of texts that wait for `flush`, about. */
  get pending_bytes(): number {
    return this.#vault.pending_bytes;
  }

  get fills(): readonly Fill[] {
    return [this.#tokens.fill, ...this.#vault.fills];
  }

  /** The token of a number, as it is landed. */
  tokenOf(callee: string): Uint32Array {
    return this.#tokens.token(callee);
  }

  /** Destroys the text keys of owners; gives how many. */
  forgetTexts(owners: ReadonlySet<string>): number {
    return this.#vault.forget(owners, this.#clock.nowUs() / 1000);
  }

  /** Sets what a row may tell of its number and text. */
  withhold(row: Row): void {
    if (row.callee_from >= 0) this.#number(row);
    if (row.text_from >= 0) this.#text(row);
  }

  /** Writes the texts since the last call; they are on disk when it returns. */
  flush(): void {
    this.#vault.flush(this.#clock.nowUs() / 1000);
  }

  #number(row: Row): void {
    const callee = this.#bytesOf(row).toString('latin1', row.callee_from, row.callee_to);
    const token = this.#tokens.token(callee);
    const hasCall = this.#vault.isKept && row.has(CALL_KEY);
    row.setKey(COLUMN.contact_token!, token[0]!, token[1]!);
    if (hasCall) this.#vault.callTo(row.low[CALL_KEY]!, row.high[CALL_KEY]!, token);
  }

  #text(row: Row): void {
    const text = this.#bytesOf(row).toString('utf8', row.text_from, row.text_to);
    row.setNumber(COLUMN.text_length!, text.length);
    row.setNumber(COLUMN.text_marks!, this.#reader.marks(text));
    row.setNumber(COLUMN.text_reader!, this.#reader_id);
    if (this.#vault.isKept) this.#vault.keep(row.low[CALL_KEY]!, row.high[CALL_KEY]!, row.event_time_us, text);
  }

  #bytesOf(row: Row): Buffer {
    if (this.#bytes !== row.bytes) {
      this.#bytes = row.bytes;
      this.#buffer = Buffer.from(row.bytes.buffer, row.bytes.byteOffset, row.bytes.byteLength);
    }
    return this.#buffer;
  }
}

const CALL_KEY = COLUMN.call_key!;
