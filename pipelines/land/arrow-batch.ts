import {
  type DataType,
  Dictionary,
  Field,
  Int16,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  RecordBatchReader,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  TimestampMicrosecond,
  Uint8,
  Uint64,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';
import type { Batch, BatchColumn } from '../../contracts/batch.js';
import { PlumblineError, reasonLine } from '../../contracts/errors.js';
import { type ColumnForm, EVENT_COLUMNS, type EventColumn } from '../../contracts/event-columns.js';
import { FORM_ARRAYS } from '../vector-columns.js';
import type { StoredFrame } from './stored-frames.js';

/**
 * Batches as Arrow record batches. `code` and `dictionary` columns are Arrow dictionaries, so that any reader sees words;
 * those of a code are fixed, the others grow by delta batches. `boolean` is Uint8 (0 or 1): Arrow's own booleans are
 * bit-packed, which the scan of the store is not. Instants are Timestamp[us, UTC]; keys are Uint64.
 */

const utf8 = new Utf8();

function typeOf(column: EventColumn, id: number): DataType {
  const types: Record<ColumnForm, () => DataType> = {
    code: () => new Dictionary(utf8, new Uint8(), id, true),
    dictionary: () => new Dictionary(utf8, new Int32(), id, false),
    int16: () => new Int16(),
    int32: () => new Int32(),
    int64: () => new Int64(),
    timestamp: () => new TimestampMicrosecond('UTC'),
    boolean: () => new Uint8(),
    key: () => new Uint64(),
    string: () => utf8,
  };
  return types[column.form]();
}

export const BATCH_SCHEMA = new Schema(
  EVENT_COLUMNS.map((column, index) => new Field(column.name, typeOf(column, index), column.required !== true)),
);

/** Dictionaries of codes never change: all segments share them. */
function codeVectors(): ReadonlyMap<string, Vector<Utf8>> {
  code_vectors ??= new Map(
    EVENT_COLUMNS.flatMap(({ name, form, values }) =>
      form === 'code' ? [[name, vectorFromArray([...values!], utf8)] as const] : [],
    ),
  );
  return code_vectors;
}
let code_vectors: ReadonlyMap<string, Vector<Utf8>> | undefined;

/** Dictionaries of one segment file: chunks that only grow, as Arrow's delta batches want them. */
export class SegmentDictionaries {
  readonly #vectors = new Map<string, Vector<Utf8>>();

  constructor() {
    for (const [name, vector] of codeVectors()) this.#vectors.set(name, vector);
  }

  vector(name: string): Vector<Utf8> {
    // A dictionary without values still needs a first chunk for later deltas to follow.
    let vector = this.#vectors.get(name);
    if (vector === undefined) {
      vector = vectorFromArray([''], utf8).slice(0, 0) as Vector<Utf8>;
      this.#vectors.set(name, vector);
    }
    return vector;
  }

  add(name: string, values: readonly string[]): void {
    const more = vectorFromArray([...values], utf8);
    const known = this.#vectors.get(name);
    this.#vectors.set(name, known === undefined ? more : known.concat(more));
  }
}

/** The Arrow form of a batch; columns share its arrays. */
export function recordBatchOf(batch: Batch, dictionaries: SegmentDictionaries): RecordBatch {
  const children = EVENT_COLUMNS.map((column, index) => {
    const type = BATCH_SCHEMA.fields[index]!.type;
    const data = batch.columns.get(column.name) ?? absent(column.form, batch.rows);
    const length = batch.rows;
    const nullCount = data.validity === undefined ? 0 : -1;
    const nullBitmap = data.validity;
    if (column.form === 'string')
      return makeData({
        type: utf8,
        length,
        nullCount,
        nullBitmap,
        valueOffsets: data.values as Int32Array,
        data: data.bytes ?? new Uint8Array(),
      });
    if (column.form === 'code' || column.form === 'dictionary')
      return makeData({
        type: type as Dictionary,
        length,
        nullCount,
        nullBitmap,
        data: data.values as Int32Array,
        dictionary: dictionaries.vector(column.name),
      });
    return makeData({ type: type as Int32, length, nullCount, nullBitmap, data: data.values as Int32Array });
  });
  return new RecordBatch(
    BATCH_SCHEMA,
    makeData({ type: new Struct(BATCH_SCHEMA.fields), length: batch.rows, nullCount: 0, children }),
  );
}

function absent(form: ColumnForm, rows: number): BatchColumn {
  const validity = new Uint8Array((rows + 7) >> 3);
  if (form === 'string') return { values: new Int32Array(rows + 1), bytes: new Uint8Array(), validity };
  return { values: new FORM_ARRAYS[form](rows), validity };
}

/** The schema of a record batch as it lies on disk: dictionary columns are their indices. */
const INDEX_SCHEMA = new Schema(
  EVENT_COLUMNS.map(({ form }, index) => {
    const field = BATCH_SCHEMA.fields[index]!;
    const type = form === 'code' ? new Uint8() : form === 'dictionary' ? new Int32() : field.type;
    return new Field(field.name, type, field.nullable);
  }),
);
const streamStart = schemaMessage();

function schemaMessage(): Uint8Array {
  const writer = new RecordBatchStreamWriter();
  writer.reset(undefined, INDEX_SCHEMA);
  writer.finish();
  const bytes = writer.toUint8Array(true);
  // Without the end mark that a finished stream has.
  return bytes.slice(0, bytes.byteLength - 8);
}

/**
 * The batch of an events frame, as it was landed; of one that is set aside, without its rows.
 * @throws PlumblineError LOG_FRAME_DAMAGED
 */
export function batchOf(frame: StoredFrame): Batch {
  const { metadata } = frame;
  const empty = emptyBatch(metadata);
  if (metadata.batch_offset < 0 || frame.payload === null) return empty;
  const message = frame.payload.subarray(metadata.batch_offset, metadata.arrow_length);
  const record = decoded(Buffer.concat([streamStart, message]), metadata.ordinal);
  if (record === undefined || record === null || record.numRows !== frame.rows)
    throw new PlumblineError('LOG_FRAME_DAMAGED', `frame ${metadata.ordinal} does not hold ${frame.rows} rows`);
  return { ...empty, rows: frame.rows, columns: columnsOf(record) };
}

/** The payload is what was written: that it cannot be read is no damage, and nothing is set aside. */
function decoded(stream: Uint8Array, ordinal: number): RecordBatch | null | undefined {
  try {
    return RecordBatchReader.from(stream).next().value;
  } catch (cause) {
    throw new PlumblineError(
      'LOG_FRAME_DAMAGED',
      `frame ${ordinal} of the log is what was written, and cannot be decoded`,
      {
        detail: reasonLine(cause),
        hint: 'Nothing was set aside. Keep the data directory as it is, and start the version that it was last run with.',
        cause,
      },
    );
  }
}

/** The batch of a frame without its rows. */
export function emptyBatch({ first_seq, additions }: StoredFrame['metadata']): Batch {
  return { rows: 0, first_seq, columns: emptyColumns(), dictionary_additions: new Map(Object.entries(additions)) };
}

/** Columns of a batch without rows: those that every batch has. */
function emptyColumns(): Map<string, BatchColumn> {
  const required = EVENT_COLUMNS.filter((column) => column.required === true);
  return new Map(
    required.map(({ name, form }) => {
      const { values, bytes } = absent(form, 0);
      return [name, bytes === undefined ? { values } : { values, bytes }];
    }),
  );
}

/** Columns of a record batch read back from a log; all-null columns are left out. */
function columnsOf(record: RecordBatch): Map<string, BatchColumn> {
  const columns = new Map<string, BatchColumn>();
  for (const [index, { name, form, required }] of EVENT_COLUMNS.entries()) {
    const data = record.data.children[index]!;
    const nulls = data.nullCount;
    if (nulls === record.numRows && record.numRows > 0 && required !== true) continue;
    const validity = nulls > 0 ? { validity: data.nullBitmap.slice(0, (record.numRows + 7) >> 3) } : {};
    if (form === 'string') {
      // The bytes on disk are padded.
      const values = data.valueOffsets.slice(0, record.numRows + 1);
      columns.set(name, { values, bytes: data.values.slice(0, values[record.numRows]), ...validity });
    } else columns.set(name, { values: wide(form, data.values).slice(0, record.numRows), ...validity });
  }
  return columns;
}

/** arrow-js keeps 64-bit integers as BigInt arrays, timestamps too; a code's or dictionary's values are its indices. */
function wide(form: ColumnForm, values: ArrayBufferView): BatchColumn['values'] {
  if ((form === 'timestamp' || form === 'int64') && !(values instanceof BigInt64Array)) {
    return new BigInt64Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength / 8);
  }
  return values as BatchColumn['values'];
}
