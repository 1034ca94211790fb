import { expect, test } from 'vitest';
import {
  advanceShiryaevRoberts,
  changePosterior,
  initShiryaevRoberts,
  weighShiryaevRoberts,
} from '../../../detectors/stats/shiryaev-roberts.js';

test('the start of a change keeps its precision after a billion units', () => {
  const state = initShiryaevRoberts([0.5, 0.5]);
  advanceShiryaevRoberts(state, [0, 0], 1e9);
  // Then twenty windows of 25 in which only the first alternative gains.
  for (let window = 0; window < 20; window++) advanceShiryaevRoberts(state, [3, -1], 25);
  const shares = [0, 0];
  weighShiryaevRoberts(state, shares);
  const change = changePosterior(state, shares);
  // One start in a billion units lies at 0, where the first window was; all others within the last windows.
  expect(shares[0]).toBeGreaterThan(0.999);
  expect(change.sd).toBeGreaterThan(0);
  const masses = Array.from({ length: 20 }, (_, window) => 25 * Math.exp(3 * (20 - window)));
  const first = 1e9 * Math.exp(60);
  const total = masses.reduce((sum, mass) => sum + mass, first);
  const expected = masses.reduce((sum, mass, window) => sum + (mass / total) * (1e9 + 25 * window), 0);
  expect(Math.abs(change.units / expected - 1)).toBeLessThan(1e-6);
});

test('evidence is capped without a change of the shares', () => {
  const state = initShiryaevRoberts([0.2, 0.8]);
  const shares = [0, 0];
  advanceShiryaevRoberts(state, [590, 591], 10);
  weighShiryaevRoberts(state, shares);
  const before = [...shares];
  advanceShiryaevRoberts(state, [50, 50], 10);
  expect(weighShiryaevRoberts(state, shares)).toBeLessThan(601);
  expect(shares[0]).toBeCloseTo(before[0], 12);
  expect(shares[1]).toBeCloseTo(before[1], 12);
});

test('before any window there is no evidence and the shares are the weights', () => {
  const shares = [0, 0];
  expect(weighShiryaevRoberts(initShiryaevRoberts([0.2, 0.8]), shares)).toBe(0);
  expect(shares[0]).toBeCloseTo(0.2, 15);
  expect(shares[1]).toBeCloseTo(0.8, 15);
});
