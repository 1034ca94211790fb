import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';

/** The bytes of an input, unpacked. A portion is good until the next one is asked for. */

const READ_BYTES = 1_048_576;
/**
 * Packed bytes that are unpacked at a time. Four packed bytes of Zstandard may stand for a block of 128 KiB, so that the
 * portions decide how much memory a file made for that takes: 1 KiB makes at most 32 MiB.
 */
const ZSTD_INPUT_BYTES = 1_024;

export function isCompressed(path: string): boolean {
  return path.endsWith('.gz') || path.endsWith('.zst');
}

/** A file from its beginning to its end; `.gz` and `.zst` are unpacked. */
export function readBytes(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  if (path.endsWith('.gz')) return readGzip(path, signal);
  if (path.endsWith('.zst')) return readZstd(path, signal);
  return readPlain(path, signal);
}

async function* readPlain(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await open(path, 'r');
  try {
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    while (!signal.aborted) {
      const { bytesRead } = await handle.read(buffer, 0, READ_BYTES);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function* readGzip(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const packed = createReadStream(path, { highWaterMark: READ_BYTES });
  const unpacked = createGunzip({ chunkSize: READ_BYTES });
  packed.on('error', (error) => unpacked.destroy(error));
  packed.pipe(unpacked);
  try {
    yield* readStream(unpacked, signal);
  } finally {
    packed.destroy();
  }
}

async function* readZstd(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  let blocks: Uint8Array[] = [];
  const unpacker = new Decompress((block) => blocks.push(block));
  const take = () => {
    const taken = blocks;
    blocks = [];
    return taken;
  };
  for await (const packed of readPlain(path, signal)) {
    for (let from = 0; from < packed.length; from += ZSTD_INPUT_BYTES) {
      // The unpacker keeps what it cannot use yet, so it gets a copy of its own (`slice` of a Buffer would be none).
      unpacker.push(new Uint8Array(packed.subarray(from, from + ZSTD_INPUT_BYTES)));
      yield* take();
    }
  }
  if (signal.aborted) return;
  unpacker.push(new Uint8Array(0), true);
  yield* take();
}

/** A stream to its end, or to the abort. */
export async function* readStream(stream: Readable, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const stop = () => stream.destroy();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    for await (const bytes of stream) yield bytes as Uint8Array;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    stream.destroy();
  }
}
