import { expect, test } from 'vitest';
import {
  advanceShiryaevRoberts,
  changePosterior,
  evidenceShares,
  initShiryaevRoberts,
  logEvidence,
} from '../../../detectors/stats/shiryaev-roberts.js';

test('the start of a change keeps its precision after a billion units', () => {
  const state = initShiryaevRoberts([0.5, 0.5]);
  advanceShiryaevRoberts(state, Float64Array.of(0, 0), 1e9);
  // Then twenty windows of 25 in which only the first alternative gains.
  for (let window = 0; window < 20; window++) advanceShiryaevRoberts(state, Float64Array.of(3, -1), 25);
  const shares = evidenceShares(state);
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
  for (let window = 0; window < 6; window++) advanceShiryaevRoberts(state, Float64Array.of(99.5, 99.6), 10);
  const before = evidenceShares(state);
  for (let window = 0; window < 20; window++) advanceShiryaevRoberts(state, Float64Array.of(50, 50), 10);
  expect(logEvidence(state)).toBeGreaterThan(599);
  expect(logEvidence(state)).toBeLessThan(601);
  expect(evidenceShares(state)[0]).toBeCloseTo(before[0], 12);
  expect(evidenceShares(state)[1]).toBeCloseTo(before[1], 12);
});

test('one window moves the evidence by e^100 at most, and its shares as far as it says', () => {
  const state = initShiryaevRoberts([0.5, 0.5]);
  advanceShiryaevRoberts(state, Float64Array.of(5_000, 4_999), 10);
  expect(logEvidence(state)).toBeLessThan(103);
  expect(evidenceShares(state)[0] / evidenceShares(state)[1]).toBeCloseTo(Math.E, 12);
  advanceShiryaevRoberts(state, Float64Array.of(-5_000, -5_000), 10);
  expect(Number.isFinite(logEvidence(state))).toBe(true);
});

test('before any window there is no evidence and the shares are the weights', () => {
  const state = initShiryaevRoberts([0.2, 0.8]);
  expect(logEvidence(state)).toBe(0);
  expect(evidenceShares(state)).toEqual([0.2, 0.8]);
});
