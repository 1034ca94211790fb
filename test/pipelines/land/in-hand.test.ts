import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { CarefulDecoder } from '../../../pipelines/decode/careful-decoder.js';
import { InHand } from '../../../pipelines/land/in-hand.js';
import { KeyRing } from '../../../pipelines/privacy/key-ring.js';
import { rejectedKeyOf } from '../../../pipelines/privacy/rejected-keys.js';
import { unseal } from '../../../pipelines/privacy/seal.js';
import { build, builtModule } from '../../built.js';
import {
  allFrames,
  chunkOf,
  dataDir,
  eventLine,
  INPUT,
  landAll,
  landConfig,
  NOW_US,
  openLanding,
  rejectedOf,
} from './opened-landing.js';

const line = (offset: number) => ({ input: INPUT, partition: 'calls.ndjson', offset });

/** A process that ends with some line in hand: what it had read before is put down, or not. */
function endsWith(data_dir: string, ...offsets: readonly number[]): boolean[] {
  const in_hand = InHand.open(data_dir, 100);
  return offsets.map((offset) => in_hand.isWatching && in_hand.take(line(offset)));
}

describe('a line in hand', () => {
  test('is not noted as long as processes end in order', () => {
    const data_dir = dataDir();
    for (let start = 0; start < 3; start++) {
      const in_hand = InHand.open(data_dir, 100);
      expect(in_hand.isWatching).toBe(false);
      in_hand.close();
      expect(existsSync(join(data_dir, 'in_hand.json'))).toBe(false);
    }
  });

  test('that was in hand when the process ended, twice in a row, is not tried a third time', () => {
    const data_dir = dataDir();
    endsWith(data_dir);
    expect(endsWith(data_dir, 1, 2, 3)).toEqual([false, false, false]);
    expect(endsWith(data_dir, 1, 2, 3)).toEqual([false, false, false]);
    expect(endsWith(data_dir, 1, 2, 3, 4)).toEqual([false, false, true, false]);
  });

  test('is innocent when it was another each time, when it was passed, or when it was put down', () => {
    const data_dir = dataDir();
    endsWith(data_dir);
    for (const last of [5, 6, 5, 6, 7]) expect(endsWith(data_dir, 1, last)).toEqual([false, false]);
    expect(endsWith(data_dir, 7, 8)).toEqual([false, false]);
    expect(endsWith(data_dir, 7)).toEqual([false]);
    for (let start = 0; start < 4; start++) {
      const in_hand = InHand.open(data_dir, 100);
      expect(in_hand.take(line(9))).toBe(false);
      in_hand.putDown();
    }
  });

  test('is noted for as many lines as may have been lost with the process, and no longer', () => {
    const data_dir = dataDir();
    endsWith(data_dir);
    const in_hand = InHand.open(data_dir, 3);
    for (let offset = 1; offset <= 3; offset++) {
      expect(in_hand.isWatching).toBe(true);
      in_hand.take(line(offset));
    }
    expect(in_hand.isWatching).toBe(false);
  });

  test('that a half-written note names is nobody', () => {
    const data_dir = dataDir();
    writeFileSync(join(data_dir, 'in_hand.json'), '{"line":{"inp');
    expect(endsWith(data_dir, 1)).toEqual([false]);
  });
});

describe('lines that end the process whenever they are read', () => {
  beforeAll(build, 120_000);

  test('are kept out by their place, one after the other, and everything else lands', async () => {
    const data_dir = dataDir();
    const lines = Array.from({ length: 60 }, (_, index) =>
      eventLine(`${index === 41 || index === 43 ? 'poison' : 'e'}-${index}`),
    );
    const script = `
      import { Landing } from '${builtModule('pipelines/land.js')}';
      import { FastDecoder } from '${builtModule('pipelines/decode/fast-decoder.js')}';
      const decode = FastDecoder.prototype.decode;
      FastDecoder.prototype.decode = function (bytes, from, to, row) {
        if (Buffer.from(bytes.subarray(from, to)).includes('poison')) process.kill(process.pid, 'SIGKILL');
        return decode.call(this, bytes, from, to, row);
      };
      const options = ${JSON.stringify({ data_dir, config: landConfig({ batch_rows_max: 10 }), key_seed: 'test' })};
      const landing = await Landing.open({ ...options, clock: { nowUs: () => ${NOW_US} } });
      const lines = ${JSON.stringify(lines)};
      const first_offset = landing.position('${INPUT}', 'calls.ndjson') ?? 1;
      const bytes = Buffer.from(lines.slice(first_offset - 1).map((one) => one + '\\n').join(''));
      for await (const _ of landing.land({ input: '${INPUT}', partition: 'calls.ndjson', first_offset, bytes }));
      await landing.flush();
      await landing.close();`;
    const signals: (string | null)[] = [];
    do signals.push(spawnSync(process.execPath, ['--input-type=module', '-e', script]).signal);
    while (signals.at(-1) !== null && signals.length < 8);
    // The first of them three times, the other twice: lines are noted by then.
    expect(signals).toEqual([...Array(5).fill('SIGKILL'), null]);
    const frames = await allFrames(data_dir);
    expect(frames.at(-1)!.conservation).toMatchObject({ received: 60, landed: 58, rejected: 2, duplicate: 0 });
    const [rejected, other] = rejectedOf(frames);
    expect(rejected).toMatchObject({ offset: 42, reason: 'processing_failed' });
    expect(other).toMatchObject({ offset: 44, reason: 'processing_failed' });
    const key = rejectedKeyOf(new KeyRing(data_dir, 'test'), rejected!.sealed_until!)!;
    expect(unseal(key, rejected!.sealed_bytes).toString()).toBe(lines[41]);
  }, 60_000);
});

describe('a line on which the decoder itself fails', () => {
  test('is kept out and told, without a word of what it holds', async () => {
    const landing = await openLanding(dataDir());
    const decode = CarefulDecoder.prototype.decode;
    CarefulDecoder.prototype.decode = () => {
      throw new RangeError('secret');
    };
    try {
      const frames = await landAll(landing, chunkOf([eventLine('a'), '{"x":"\\n"}', eventLine('b')]));
      expect(rejectedOf(frames)).toMatchObject([{ reason: 'processing_failed', offset: 2 }]);
      expect(rejectedOf(frames)[0]!.detail).toBe('the decoder failed (RangeError)');
      expect(landing.conservation).toMatchObject({ received: 3, landed: 2, rejected: 1 });
    } finally {
      CarefulDecoder.prototype.decode = decode;
      await landing.close();
    }
  });
});
