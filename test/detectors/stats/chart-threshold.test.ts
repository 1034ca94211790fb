import { expect, test } from 'vitest';
import { cusumThreshold, ratioThreshold } from '../../../detectors/stats/chart-threshold.js';
import { overshootFactor } from '../../../detectors/stats/overshoot.js';

test('the overshoot factor is about exp(-0.583 x) near 0 and 2 / x^2 far out', () => {
  expect(overshootFactor(0)).toBe(1);
  for (const x of [0.01, 0.1, 0.3, 0.6])
    expect(Math.abs(overshootFactor(x) / Math.exp(-0.583 * x) - 1)).toBeLessThan(0.02);
  for (const x of [8, 20, 100]) expect(Math.abs((overshootFactor(x) * x * x) / 2 - 1)).toBeLessThan(0.02);
});

test('the constant of the ratio threshold is the integral of x nu(x)^2', () => {
  let integral = 0;
  for (let x = 5e-4; x < 200; x += 1e-3) integral += x * overshootFactor(x) ** 2 * 1e-3;
  const tail = 2 / 200 ** 2;
  // sqrt(2 pi) e^h / (sqrt(2 h) integral) gives the windows back.
  for (const windows of [200, 1e4, 1e7]) {
    const height = ratioThreshold(windows);
    const back = (Math.sqrt(2 * Math.PI) * Math.exp(height)) / Math.sqrt(2 * height) / (integral + tail);
    expect(back / windows).toBeCloseTo(1, 3);
  }
});

test('thresholds grow with the budget and never reach 0', () => {
  let before = 0;
  for (const units of [10, 1e2, 1e3, 1e4, 1e6, 1e9]) {
    const threshold = cusumThreshold(units, 0.01, 0.25);
    expect(threshold).toBeGreaterThanOrEqual(Math.max(0.5, before));
    before = threshold;
  }
  expect(cusumThreshold(100, 0.05, 50)).toBe(0.5);
  expect(ratioThreshold(1e-9)).toBe(0.5);
});
