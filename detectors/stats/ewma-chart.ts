import { overshootFactor } from './overshoot.js';

/** An exponentially weighted average of values of mean 0 and variance 1, with its own exact variance (Roberts 1959). */
export interface EwmaChart {
  average: number;
  variance: number;
}

export function initEwmaChart(): EwmaChart {
  return { average: 0, variance: 0 };
}

/** average <- (1 - lambda) average + lambda value, in place; gives its distance from 0 in its own standard deviations. */
export function addToEwmaChart(chart: EwmaChart, value: number, lambda: number): number {
  const kept = 1 - lambda;
  chart.average = kept * chart.average + lambda * value;
  chart.variance = kept * kept * chart.variance + lambda * lambda;
  return chart.average / Math.sqrt(chart.variance);
}

/**
 * Limit of a two-sided chart, in standard deviations of the average, for `valuesBetweenFalse` standard normal values
 * between false alarms: crossings of the matching Ornstein-Uhlenbeck process, looked at once per value.
 *
 *     1 / g = 2 theta L phi(L) nu(L sqrt(2 theta)),   theta = -ln(1 - lambda)
 *
 * Some 5 % more false alarms than asked for at 500 values, fewer beyond. Cost: 60 halvings; keep what it gives.
 */
export function ewmaLimit(valuesBetweenFalse: number, lambda: number): number {
  // At lambda 1 the average is the value itself and theta has no end; each value is then a look of its own.
  const theta = Math.min(20, -Math.log1p(-lambda));
  let low = 1;
  let high = 40;
  for (let round = 0; round < 60; round++) {
    const limit = (low + high) / 2;
    const density = Math.exp((-limit * limit) / 2) / Math.sqrt(2 * Math.PI);
    const crossings = 2 * theta * limit * density * overshootFactor(limit * Math.sqrt(2 * theta));
    if (crossings * valuesBetweenFalse > 1) low = limit;
    else high = limit;
  }
  return high;
}
