import { EVENT_COLUMNS } from '../../contracts/event-columns.js';

/** Who the events of a frame are, and what they say in 32 bits: read where it lies, without the other columns. */
export interface FrameIds {
  /** Of row r the bytes [offsets[r], offsets[r + 1]). */
  readonly ids: Uint8Array;
  readonly offsets: Int32Array;
  /** Ids of the dictionary `source`. */
  readonly sources: Int32Array;
  readonly bodies: Uint32Array;
}

/**
 * Where the buffers of a column are listed in a record batch: each column has validity and values, a string has offsets
 * between the two.
 */
function bufferOf(column: string): number {
  const index = EVENT_COLUMNS.findIndex(({ name }) => name === column);
  return EVENT_COLUMNS.slice(0, index).reduce((total, { form }) => total + (form === 'string' ? 3 : 2), 0);
}

const ID_BUFFER = bufferOf('event_id');
const SOURCE_BUFFER = bufferOf('source');
/** Numbers of fields, by the schema of Arrow's messages (Message.fbs). */
const MESSAGE_HEADER = 2;
const RECORD_BATCH_BUFFERS = 2;
/** Before the table of a message: a mark of four bytes, and four of its length. */
const MESSAGE_AT = 8;
const BUFFER_BYTES = 16;

/**
 * @param payload of a frame that has rows and ends with their bodies, whole
 * @param batch_offset where the message of the record batch begins
 */
export function idsOf(payload: Buffer, batch_offset: number, rows: number): FrameIds {
  const message = batch_offset + MESSAGE_AT;
  const body = message + payload.readInt32LE(batch_offset + 4);
  const header = pointedTo(payload, fieldOf(payload, pointedTo(payload, message), MESSAGE_HEADER));
  // A vector begins with its length.
  const buffers = pointedTo(payload, fieldOf(payload, header, RECORD_BATCH_BUFFERS)) + 4;
  const at = (buffer: number) => body + Number(payload.readBigInt64LE(buffers + buffer * BUFFER_BYTES));
  const offsets = new Int32Array(copied(payload, at(ID_BUFFER + 1), rows + 1));
  const ids_at = at(ID_BUFFER + 2);
  return {
    ids: payload.subarray(ids_at, ids_at + offsets[rows]!),
    offsets,
    sources: new Int32Array(copied(payload, at(SOURCE_BUFFER + 1), rows)),
    bodies: new Uint32Array(copied(payload, payload.length - rows * 4, rows)),
  };
}

/** Words of four bytes, wherever they begin. */
function copied(payload: Buffer, at: number, words: number): ArrayBuffer {
  const from = payload.byteOffset + at;
  return payload.buffer.slice(from, from + words * 4) as ArrayBuffer;
}

function pointedTo(bytes: Buffer, at: number): number {
  return at + bytes.readUInt32LE(at);
}

/** Where a field of a table stands: the table begins with the way back to the list of its fields. */
function fieldOf(bytes: Buffer, table: number, field: number): number {
  const list = table - bytes.readInt32LE(table);
  return table + bytes.readUInt16LE(list + 4 + field * 2);
}
