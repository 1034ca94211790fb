/**
 * Seeded draws. One generator, sfc32 (Chris Doty-Humphrey, PractRand), set to a stream by a key: streams of different
 * keys are independent, so that a change in one part of a simulation does not reshuffle another.
 */

/** 64 bits that name a stream. */
export interface StreamKey {
  readonly high: number;
  readonly low: number;
}

/** The key of a named stream of a seed (FNV-1a in two lanes, finished by the mixer of MurmurHash3). */
export function streamKey(seed: number, name: string): StreamKey {
  let high = 0x811c9dc5;
  let low = 0x9e3779b9;
  for (const char of `${seed}/${name}`) {
    const code = char.charCodeAt(0);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low ^ (code + 0x5bd1), 0x01000197);
  }
  return { high: mix(high), low: mix(low ^ high) };
}

function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}

const UNIT = 2 ** -32;
const WARM_UP_ROUNDS = 12;

export class Random {
  private a = 0;
  private b = 0;
  private c = 0;
  private d = 0;

  /** A generator at the start of a stream. */
  static of(seed: number, name: string): Random {
    return new Random().restart(streamKey(seed, name), 0, 0);
  }

  /** Sets the generator to the start of the sub-stream (`major`, `minor`) of a key: both whole numbers of 32 bits. */
  restart(key: StreamKey, major: number, minor: number): this {
    this.a = key.high | 0;
    this.b = (key.low ^ major) | 0;
    this.c = minor | 0;
    this.d = 1;
    for (let round = 0; round < WARM_UP_ROUNDS; round += 1) this.bits();
    return this;
  }

  /** 32 random bits, signed. */
  private bits(): number {
    const sum = (((this.a + this.b) | 0) + this.d) | 0;
    this.d = (this.d + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    this.c |= 0;
    return sum;
  }

  /** Even in [0, 1). */
  uniform(): number {
    return (this.bits() >>> 0) * UNIT;
  }

  /** Even in [from, until). */
  between(from: number, until: number): number {
    return from + (until - from) * this.uniform();
  }

  /** A whole number in 0 .. count - 1, even. */
  index(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /** Standard normal (Box and Muller 1958). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Gamma of the given shape, scale 1 (Marsaglia and Tsang 2000); shape > 0. */
  gamma(shape: number): number {
    if (shape < 1) return this.gamma(shape + 1) * (1 - this.uniform()) ** (1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(1 - this.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  }

  /** Beta with the given mean in (0, 1) and correlation: variance is correlation x mean x (1 - mean). */
  beta(mean: number, correlation: number): number {
    if (correlation <= 0) return mean;
    const size = (1 - correlation) / correlation;
    const successes = this.gamma(mean * size);
    return successes / (successes + this.gamma((1 - mean) * size));
  }

  /**
   * Poisson of a mean >= 0: products of uniforms (Knuth), a large mean in portions. The work grows with the mean, and
   * so do the events that are made of it.
   */
  poisson(mean: number): number {
    let count = 0;
    let rest = mean;
    while (rest > 0) {
      const limit = Math.exp(-Math.min(rest, 16));
      rest -= 16;
      for (let product = this.uniform(); product > limit; product *= this.uniform()) count += 1;
    }
    return count;
  }
}
