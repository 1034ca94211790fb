import { type RecordBatch, RecordBatchFileWriter } from 'apache-arrow';
import type { Batch } from '../../contracts/batch.js';
import { BATCH_SCHEMA, recordBatchOf, SegmentDictionaries } from './arrow-batch.js';
import type { ArrowBlock } from './frame.js';

export interface ArrowPayload {
  readonly chunks: Uint8Array[];
  readonly length: number;
  /** Offset of the record batch message in the payload; dictionary messages stand before it. */
  readonly batch_offset: number;
  /** Offsets relative to the payload, until `place` moves them. */
  readonly dictionary_blocks: ArrowBlock[];
  readonly batch_blocks: ArrowBlock[];
}

/** The writer's protected parts that placing frame headers between blocks needs. */
interface WriterParts {
  _position: number;
  _started: boolean;
  _dictionaryBlocks: ArrowBlock[];
  _recordBatchBlocks: ArrowBlock[];
}

/**
 * One segment of the landing log as an Arrow IPC file. Readers of the format find its blocks by the footer, so other
 * bytes may stand between them: the frame headers of the log do.
 */
export class ArrowSegment extends RecordBatchFileWriter {
  readonly #dictionaries = new SegmentDictionaries();
  #chunks: Uint8Array[] = [];

  get #parts(): WriterParts {
    return this as unknown as WriterParts;
  }

  // The writer hands over one buffer at a time; they are gathered instead of copied into a queue.
  protected override _write(chunk: unknown): this {
    const view = chunk as ArrayBufferView;
    if (view.byteLength > 0) {
      this.#chunks.push(new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength));
      this.#parts._position += view.byteLength;
    }
    return this;
  }

  /** The bytes an Arrow file begins with. */
  begin(): Uint8Array[] {
    this.reset(undefined, BATCH_SCHEMA);
    this.#parts._started = true;
    return this.#take();
  }

  /** Adds values to the dictionaries; the next payload carries them as delta batches. */
  addDictionaryValues(additions: Batch['dictionary_additions']): void {
    for (const [name, { values }] of additions) this.#dictionaries.add(name, values);
  }

  /** The messages of a batch: what its dictionaries gained, then the record batch. */
  payload(batch: Batch): ArrowPayload {
    const parts = this.#parts;
    const dictionaries = parts._dictionaryBlocks.length;
    const batches = parts._recordBatchBlocks.length;
    parts._position = 0;
    const record: RecordBatch = recordBatchOf(batch, this.#dictionaries);
    this._writeRecordBatch(record);
    const length = parts._position;
    const batch_blocks = parts._recordBatchBlocks.slice(batches);
    return {
      chunks: this.#take(),
      length,
      batch_offset: batch_blocks[0]!.offset,
      dictionary_blocks: parts._dictionaryBlocks.slice(dictionaries),
      batch_blocks,
    };
  }

  /** Tells where in the file the payload came to stand. */
  place(payload: ArrowPayload, at: number): void {
    for (const block of [...payload.dictionary_blocks, ...payload.batch_blocks]) block.offset += at;
  }

  /** The footer of a segment whose blocks are known; with none given, of what was written here. */
  footer(blocks?: { readonly dictionaries: ArrowBlock[]; readonly batches: ArrowBlock[] }): Uint8Array[] {
    if (blocks !== undefined) {
      this.#parts._dictionaryBlocks = blocks.dictionaries;
      this.#parts._recordBatchBlocks = blocks.batches;
    }
    this._writeFooter(BATCH_SCHEMA);
    return this.#take();
  }

  #take(): Uint8Array[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks;
  }
}
