/** Whole lines of an input, numbered from 1. */
export interface CutLines {
  /** Number of the first line. */
  readonly first_line: number;
  readonly lines: number;
  readonly bytes: Uint8Array;
  /** Only of one line that was cut: how many bytes it has, without its end. */
  readonly line_bytes?: number;
}

const LF = 10;
const CR = 13;
const CHUNK_BYTES = 1_048_576;

/**
 * Cuts a stream of bytes into chunks of whole lines, of about a megabyte, in bounded memory: at most `line_bytes_max`
 * and one byte are held. Of a longer line the first `line_bytes_max` bytes are passed on as a line of its own, with the
 * length that it has, once it has come to its end; the rest is left out. Where the cuts fall depends on the bytes alone,
 * never on the portions they came in.
 */
export class LineCutter {
  private readonly lineBytesMax: number;
  private readonly chunkBytes: number;
  private readonly start: number;
  private buffer: Buffer;
  private filled = 0;
  /** Bytes of the line at hand beyond the bound, and the last of them; 0 while there are none. */
  private restBytes = 0;
  private lastByte = 0;
  private nextLine = 1;

  /** @param start number of the first line that is wanted: those before are passed over, and counted. */
  constructor(line_bytes_max: number, start = 1) {
    this.lineBytesMax = line_bytes_max;
    this.chunkBytes = Math.min(CHUNK_BYTES, line_bytes_max + 1);
    this.start = start;
    this.buffer = Buffer.allocUnsafeSlow(this.chunkBytes);
  }

  /** Takes bytes (copies them) and gives the chunks that became full. */
  *push(input: Uint8Array): Generator<CutLines, void, undefined> {
    let at = 0;
    while (at < input.length) {
      if (this.restBytes > 0) {
        const found = input.indexOf(LF, at);
        const end = found < 0 ? input.length : found;
        this.restBytes += end - at;
        if (end > at) this.lastByte = input[end - 1]!;
        if (found < 0) return;
        yield* this.cutLine();
        at = end + 1;
        continue;
      }
      const portion = Math.min(input.length - at, this.buffer.length - this.filled);
      this.buffer.set(input.subarray(at, at + portion), this.filled);
      this.filled += portion;
      at += portion;
      if (this.filled === this.buffer.length) yield* this.full();
    }
  }

  /** The whole lines that are held, for an input that pauses. */
  *wholeLines(): Generator<CutLines, void, undefined> {
    if (this.restBytes > 0) return;
    const end = this.buffer.subarray(0, this.filled).lastIndexOf(LF) + 1;
    if (end > 0) yield* this.cut(end);
  }

  /** Everything that is held, for an input that has ended: the last line may lack its LF. */
  *rest(): Generator<CutLines, void, undefined> {
    if (this.restBytes > 0) yield* this.cutLine();
    else if (this.filled > 0) yield* this.cut(this.filled);
  }

  private *full(): Generator<CutLines, void, undefined> {
    const end = this.buffer.lastIndexOf(LF) + 1;
    if (end > 0) yield* this.cut(end);
    else if (this.buffer.length <= this.lineBytesMax) this.grow();
    else {
      // The byte after the bound is no LF, so the line is too long; the LF that ends what is kept takes its place.
      this.lastByte = this.buffer[this.lineBytesMax]!;
      this.buffer[this.lineBytesMax] = LF;
      this.restBytes = 1;
    }
  }

  /** The line at hand has ended beyond the bound; where that is only the CR of its end, it is whole. */
  private *cutLine(): Generator<CutLines, void, undefined> {
    const line_bytes = this.lineBytesMax + this.restBytes - (this.lastByte === CR ? 1 : 0);
    this.restBytes = 0;
    for (const line of this.cut(this.filled)) yield line_bytes === this.lineBytesMax ? line : { ...line, line_bytes };
  }

  private grow(): void {
    const larger = Buffer.allocUnsafeSlow(Math.min(this.buffer.length * 2, this.lineBytesMax + 1));
    this.buffer.copy(larger, 0, 0, this.filled);
    this.buffer = larger;
  }

  /** The first `end` bytes, with the buffer or, where they are few, as a copy; what follows them stays. */
  private take(end: number): Buffer {
    const isShort = end * 2 < this.buffer.length;
    const bytes = isShort ? Buffer.from(this.buffer.subarray(0, end)) : this.buffer.subarray(0, end);
    if (isShort) this.buffer.copyWithin(0, end, this.filled);
    else {
      const fresh = Buffer.allocUnsafeSlow(this.chunkBytes);
      this.buffer.copy(fresh, 0, end, this.filled);
      this.buffer = fresh;
    }
    this.filled -= end;
    return bytes;
  }

  /** Gives away the first `end` bytes. */
  private *cut(end: number): Generator<CutLines, void, undefined> {
    const bytes = this.take(end);
    let lines = 0;
    let wantedFrom = this.nextLine >= this.start ? 0 : end;
    for (let from = 0; from < end; lines += 1) {
      if (this.nextLine + lines === this.start) wantedFrom = from;
      const lineEnd = bytes.indexOf(LF, from);
      from = lineEnd < 0 ? end : lineEnd + 1;
    }
    const first_line = Math.max(this.nextLine, this.start);
    this.nextLine += lines;
    if (wantedFrom < end) yield { first_line, lines: this.nextLine - first_line, bytes: bytes.subarray(wantedFrom) };
  }
}
