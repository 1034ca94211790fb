/**
 * A 96-bit hash of bytes in three 32-bit lanes: multiply-xor a byte at a time, then the finaliser of MurmurHash3
 * (Appleby, public domain) over lanes that were mixed with each other. Not secret, and the same in every process.
 */
export const lanes = new Uint32Array(3);

/** Hashes bytes [from, to) into `lanes`. */
export function hashBytes(bytes: Uint8Array, from: number, to: number, seed = 0): void {
  let a = 0x811c9dc5 ^ seed;
  let b = 0x9747b28c + seed;
  let c = 0x3c6ef372 ^ Math.imul(seed, 0x85ebca6b);
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b ^ byte, 0x5bd1e995);
    c = Math.imul(c + byte, 0x9e3779b1);
  }
  const length = to - from;
  a = finish(a ^ length);
  b = finish(b ^ Math.imul(a, 0x27d4eb2f));
  c = finish(c ^ Math.imul(b, 0x165667b1));
  lanes[0] = a ^ c;
  lanes[1] = b ^ Math.imul(c, 0x85ebca6b);
  lanes[2] = c ^ Math.imul(a, 0xc2b2ae35);
}

/** The fingerprint of (source, id): `id` is the bytes [from, to). */
export function fingerprintOf(source: Uint8Array, id: Uint8Array, from: number, to: number, into: Uint32Array): void {
  fingerprintIn(sourceSeed(source), id, from, to, into);
}

/** What the fingerprints of all events of a source begin with. */
export function sourceSeed(source: Uint8Array): number {
  hashBytes(source, 0, source.length);
  return lanes[0]!;
}

/** As `fingerprintOf`, where many events are of one source. */
export function fingerprintIn(seed: number, id: Uint8Array, from: number, to: number, into: Uint32Array): void {
  hashBytes(id, from, to, seed);
  into[0] = lanes[0]!;
  into[1] = lanes[1]!;
  into[2] = lanes[2]!;
}

function finish(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
