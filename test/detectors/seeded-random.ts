/** A seeded source of random figures for simulations: sfc32 (Doty-Humphrey), 32-bit arithmetic, the same everywhere. */
export interface SeededRandom {
  /** In [0, 1). */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  binomial(trials: number, probability: number): number;
  poisson(mean: number): number;
  /** Gamma with this shape and mean 1. */
  gamma(shape: number): number;
}

export function seededRandom(seed: number): SeededRandom {
  let a = 0x9e3779b9;
  let b = seed | 0;
  let c = 0x243f6a88;
  let counter = 1;
  let spare: number | null = null;

  function uniform(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 4294967296;
  }
  for (let round = 0; round < 20; round++) uniform();

  function normal(): number {
    if (spare !== null) {
      const kept = spare;
      spare = null;
      return kept;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  function binomial(trials: number, probability: number): number {
    let successes = 0;
    for (let i = 0; i < trials; i++) if (uniform() < probability) successes++;
    return successes;
  }

  function poisson(mean: number): number {
    const limit = Math.exp(-mean);
    let events = 0;
    for (let product = uniform(); product > limit; product *= uniform()) events++;
    return events;
  }

  /** Marsaglia and Tsang (2000), shape >= 1. */
  function gamma(shape: number): number {
    const d = shape - 1 / 3;
    for (;;) {
      const x = normal();
      const v = (1 + x / Math.sqrt(9 * d)) ** 3;
      if (v > 0 && Math.log(1 - uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return (d * v) / shape;
    }
  }

  return { uniform, normal, binomial, poisson, gamma };
}
