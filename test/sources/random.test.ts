import { describe, expect, test } from 'vitest';
import { Random, streamKey } from '../../sources/simulate/random.js';

const DRAWS = 40_000;

/** Mean and variance of draws. */
function moments(draw: (random: Random) => number): { mean: number; variance: number } {
  const random = Random.of(7, 'moments');
  let sum = 0;
  let squares = 0;
  for (let index = 0; index < DRAWS; index += 1) {
    const value = draw(random);
    sum += value;
    squares += value * value;
  }
  const mean = sum / DRAWS;
  return { mean, variance: squares / DRAWS - mean * mean };
}

describe('draws have the mean and the variance of their distribution', () => {
  const cases: [string, (random: Random) => number, number, number][] = [
    ['uniform', (random) => random.uniform(), 1 / 2, 1 / 12],
    ['between', (random) => random.between(-2, 4), 1, 3],
    ['index', (random) => random.index(6), 2.5, 35 / 12],
    ['normal', (random) => random.normal(), 0, 1],
    ['gamma, small shape', (random) => random.gamma(0.4), 0.4, 0.4],
    ['gamma, large shape', (random) => random.gamma(50), 50, 50],
    ['beta', (random) => random.beta(0.3, 0.02), 0.3, 0.02 * 0.3 * 0.7],
    ['poisson, small mean', (random) => random.poisson(0.3), 0.3, 0.3],
    ['poisson, large mean', (random) => random.poisson(70), 70, 70],
  ];
  test.each(cases)('%s', (_, draw, mean, variance) => {
    const found = moments(draw);
    expect(Math.abs(found.mean - mean)).toBeLessThan(4 * Math.sqrt(variance / DRAWS));
    expect(Math.abs(found.variance / variance - 1)).toBeLessThan(0.05);
  });

  test('and the ends of their range where there is nothing to draw', () => {
    const random = Random.of(7, 'ends');
    expect(random.poisson(0)).toBe(0);
    expect(random.beta(0.3, 0)).toBe(0.3);
    expect(random.index(1)).toBe(0);
  });
});

describe('streams', () => {
  test('are the same for the same seed and name, and others for another', () => {
    const first = (random: Random) => [random.uniform(), random.uniform()];
    const begun = first(Random.of(7, 'pool/a'));
    expect(first(Random.of(7, 'pool/a'))).toEqual(begun);
    for (const other of [Random.of(8, 'pool/a'), Random.of(7, 'pool/b')]) expect(first(other)).not.toEqual(begun);
  });

  test('of neighbouring minutes and calls have nothing in common', () => {
    const key = streamKey(7, 'pool/a');
    const random = new Random();
    const seen = new Set<number>();
    let products = 0;
    for (let minute = 0; minute < 200; minute += 1) {
      let previous = 0.5;
      for (let call = 0; call < 100; call += 1) {
        const value = random.restart(key, minute, call).uniform();
        products += (value - 0.5) * (previous - 0.5);
        previous = value;
        seen.add(value);
      }
    }
    expect(seen.size).toBeGreaterThan(19_990);
    // The mean product of independent pairs has standard error 1/12 / sqrt(20,000).
    expect(Math.abs(products / 20_000)).toBeLessThan(4 / 12 / Math.sqrt(20_000));
  });
});
