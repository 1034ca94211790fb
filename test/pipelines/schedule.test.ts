import { expect, test } from 'vitest';
import { nextScheduled } from '../../pipelines/schedule.js';

test.each([
  ['0 3 * * *', 'UTC', '2025-09-08T02:59:59Z', '2025-09-08T03:00:00Z'],
  ['0 3 * * *', 'UTC', '2025-09-08T03:00:00Z', '2025-09-09T03:00:00Z'],
  ['7 3 * * *', 'Asia/Kathmandu', '2025-09-08T00:00:00Z', '2025-09-08T21:22:00Z'],
  ['50 3 * * *', 'Pacific/Chatham', '2025-07-01T00:00:00Z', '2025-07-01T15:05:00Z'],
  ['30 2 * * *', 'Australia/Lord_Howe', '2025-07-01T00:00:00Z', '2025-07-01T16:00:00Z'],
  ['*/20 * * * *', 'Asia/Kolkata', '2025-09-08T00:00:01Z', '2025-09-08T00:10:00Z'],
  ['1,2 4 * * *', 'UTC', '2025-09-08T04:01:00Z', '2025-09-08T04:02:00Z'],
])('%s in %s comes up after %s at %s', (expression, zone, after, expected) => {
  const next_us = nextScheduled(expression, zone, Date.parse(after) * 1000);
  expect(new Date(next_us! / 1000).toISOString()).toBe(expected.replace('Z', '.000Z'));
});

test('a day that does not come within 400 days has no next time', () => {
  expect(nextScheduled('0 3 29 2 *', 'UTC', Date.parse('2025-09-08T00:00:00Z') * 1000)).toBeNull();
});
