/**
 * A batch: a bounded run of landed events as typed columns, in log order. What the decoder fills, the landing log
 * writes as an Arrow record batch and DuckDB scans in place: one set of arrays, never a second form.
 */

export type ColumnArray = Uint8Array | Int16Array | Int32Array | BigInt64Array | BigUint64Array;

export interface BatchColumn {
  /** Values; for `string` columns the n+1 offsets into `bytes` (Int32Array). */
  readonly values: ColumnArray;
  /** Validity bitmap, least significant bit first, 1 = present; absent when every row has a value. */
  readonly validity?: Uint8Array;
  /** UTF-8 bytes of a `string` column. */
  readonly bytes?: Uint8Array;
}

export interface Batch {
  readonly rows: number;
  /** Ordinal of the first row among all landed events, from 0: independent of how the log was cut. */
  readonly first_seq: number;
  /** Columns by name, in the order of EVENT_COLUMNS. */
  readonly columns: ReadonlyMap<string, BatchColumn>;
  /** Strings that `dictionary` columns gained with this batch, by column; ids count up from 0 per column. */
  readonly dictionary_additions: ReadonlyMap<string, { readonly first_id: number; readonly values: readonly string[] }>;
}

/** Running counts, over the whole life of a log. received = landed + rejected + duplicate, always. */
export interface Conservation {
  received: number;
  landed: number;
  rejected: number;
  duplicate: number;
  /** Of the landed: older than the watermark when they came. landed = derived + late. */
  late: number;
}

/** How far a source has been read; goes into the frame that holds what was read. */
export interface SourcePosition {
  /** Name of the input whose watermark these events move, such as `file:calls.ndjson` or `simulate`. */
  readonly input: string;
  readonly partition: string;
  /** Exclusive: the next line, offset or ordinal to read. */
  readonly next_offset: number;
}
