import { describe, expect, it } from 'vitest';
import { localDate, placed, simulatedDay } from '../../../pipelines/evaluate/simulated-day.js';

const day = simulatedDay('demo', 1);

describe('a simulated day', () => {
  it('follows the last day of the history, and its labels lie in it', () => {
    expect(day.dates).toHaveLength(29);
    expect([day.quiet_date, day.live_date]).toEqual(day.dates.slice(-2));
    for (const { onset_us } of day.labels) expect(localDate(day.scenario, onset_us)).toBe(day.live_date);
  });

  it('is dated by the clocks of the fleet, not by UTC', () => {
    expect(localDate(day.scenario, Date.parse('2025-10-08T03:00:00Z') * 1000)).toBe('2025-10-07');
  });
});

describe('a segment of a number pool', () => {
  it('lies in the campaign that the pool belongs to; others stay as they are', () => {
    expect(placed(day.scenario, { number_pool: 'west_a' })).toEqual({ campaign: 'auto_cover', number_pool: 'west_a' });
    expect(placed(day.scenario, { agent_version: 'v2' })).toEqual({ agent_version: 'v2' });
    expect(placed(day.scenario, { number_pool: 'unheard_of' })).toEqual({ number_pool: 'unheard_of' });
  });
});
