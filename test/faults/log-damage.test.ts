import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { damageLog } from '../../bench/faults/log-damage.js';
import { smallFleet } from '../../bench/faults/small-fleet.js';
import { damageSummaries } from '../../bench/faults/summary-damage.js';
import { newFolder } from '../pipelines/small-run.js';

test.each([
  ['a log', 40, false, { kind: 'cut', file: '00000000.arrow', at: 60, length: 0 }],
  // Between the parts of a frame, where no sum reaches.
  ['an archive', 12, true, { kind: 'flip', file: '00000000.0.twin', at: 112, length: 6 }],
] as const)(
  'no damage of %s goes unseen: it is found, told, and what is left is read as it was written',
  async (_, damages, is_archived, chosen) => {
    const folder = newFolder();
    const { lines } = smallFleet(folder, 11);
    const report = await damageLog({ folder, lines, damages, seed: 1, part: 0, is_archived, chosen: [chosen] });
    expect(report).toEqual({ log: damages + 1, undetected: [] });
    rmSync(folder, { recursive: true });
  },
  60_000,
);

test('no damage of a summary goes unseen: the next start knows what it knows without, and makes it anew', async () => {
  const folder = newFolder();
  const { lines } = smallFleet(folder, 11);
  expect(await damageSummaries({ folder, lines, damages: 8, seed: 1, part: 0 })).toEqual({ log: 8, undetected: [] });
  rmSync(folder, { recursive: true });
}, 60_000);
