import { EVENT_COLUMNS } from '../../contracts/event-columns.js';

/** Where the payload of a frame says who its events are, and what they say in 32 bits; the other columns are passed over. */
export interface IdPlaces {
  /** Of row r the id is the bytes [offset r, offset r + 1) from here. */
  readonly ids_at: number;
  /** Four bytes each, signed. */
  readonly offsets_at: number;
  /** Ids of the dictionary `source`, four bytes each, signed. */
  readonly sources_at: number;
  /** Four bytes each, unsigned. */
  readonly bodies_at: number;
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
export function idPlaces(payload: Buffer, batch_offset: number, rows: number): IdPlaces {
  const message = batch_offset + MESSAGE_AT;
  const body = message + payload.readInt32LE(batch_offset + 4);
  const header = pointedTo(payload, fieldOf(payload, pointedTo(payload, message), MESSAGE_HEADER));
  // A vector begins with its length.
  const buffers = pointedTo(payload, fieldOf(payload, header, RECORD_BATCH_BUFFERS)) + 4;
  const at = (buffer: number) => body + Number(payload.readBigInt64LE(buffers + buffer * BUFFER_BYTES));
  return {
    ids_at: at(ID_BUFFER + 2),
    offsets_at: at(ID_BUFFER + 1),
    sources_at: at(SOURCE_BUFFER + 1),
    bodies_at: payload.length - rows * 4,
  };
}

function pointedTo(bytes: Buffer, at: number): number {
  return at + bytes.readUInt32LE(at);
}

/** Where a field of a table stands: the table begins with the way back to the list of its fields. */
function fieldOf(bytes: Buffer, table: number, field: number): number {
  const list = table - bytes.readInt32LE(table);
  return table + bytes.readUInt16LE(list + 4 + field * 2);
}
