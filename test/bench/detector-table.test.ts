import { describe, expect, it } from 'vitest';
import { type MethodTask, measureMethod } from '../../bench/detector-table/measure-method.js';
import { detectorTableLines } from '../../bench/detector-table/table-lines.js';
import { METHODS } from '../../pipelines/evaluate/methods.js';

const task: MethodTask = {
  method: 'mixture-e-sr',
  group: { before: 0.2, harmful: 'down', after: [0.1] },
  calibrated: true,
  window_calls: 25,
  target: 1_000,
  null_runs: 200,
  delay_runs: 100,
  change_after: 500,
  seed: 1,
};

describe('a row of the table of detectors', () => {
  it('has the run length that was asked for, a delay with its interval, and is the same for the same seed', () => {
    const [row] = measureMethod(task);
    expect(row).toMatchObject({ pair: '0.2 -> 0.1', detector: 'mixture-e-sr', calibrated: true, window: 25 });
    expect(row!.arl!).toBeGreaterThan(800);
    expect(row!.arl!).toBeLessThan(1_250);
    expect(row!.delay_low!).toBeLessThan(row!.delay!);
    expect(row!.ratio!).toBeCloseTo(row!.delay! / row!.d_star, 10);
    expect(measureMethod(task)).toEqual([row]);
  });

  it('carries the reason in place of a number', () => {
    const [row] = measureMethod({ ...task, method: 'adwin', calibrated: false, null_runs: 9, delay_runs: 3 });
    expect(row).toMatchObject({
      arl: null,
      arl_low: null,
      reason: expect.stringContaining('no false alarm in 3 runs'),
    });
    expect(detectorTableLines([row!], 1_000).join('\n')).toContain('no false alarm');
  });

  it('says so where a method does not outlast the history it is given', () => {
    const [row] = measureMethod({ ...task, method: 'ddm', target: 10_000, null_runs: 40, delay_runs: 3 });
    expect(row).toMatchObject({ arl: null, delay: null, reason: expect.stringContaining('too close to be measured') });
  });

  it('can be made of every method: its knob sets an option that the method has', () => {
    for (const [name, { detector, options, knob }] of Object.entries(METHODS))
      for (const at of [knob.from, knob.until])
        expect(() => detector.config.parse({ ...options, ...knob.set(at).options }), name).not.toThrow();
  });
});
