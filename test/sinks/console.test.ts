import { expect, it } from 'vitest';
import { consoleSink, directiveLines } from '../../sinks/console.js';
import { directive, PATIENT } from './directive.js';

it('the console shows a directive as one readable block', () => {
  expect(directiveLines(directive()).join('\n')).toBe(
    `DIRECTIVE 0f3c9a51b2d47e68  throttle number_pool=p1: calls_per_minute = 20
  mode      advise (advised: a person decides)
  because   answer_rate is down in number_pool p1, severity major
  observed  0.183 over 1240 units; expected 0.3 (0.28 to 0.32)
  since     2025-10-07T13:40:00.000Z, detected 2025-10-07T14:00:00.000Z
  evidence  15.5 against a threshold of 15 (natural logarithms), mixture-e-sr, baseline b28
  rule      answer_rate_throttle, policy p1, episode 9be1c0a3b5e7b0b3
  lease     2025-10-07T14:00:00.000Z to 2025-10-07T16:00:00.000Z, epoch 1, seq 1`,
  );
});

it('the console names a relationship, its label, and everything taken together', () => {
  const { evidence } = directive();
  const lines = directiveLines(
    directive({
      evidence: { ...evidence, signal: null, relationship: 'answer_voicemail', label: 'inverted', segment: {} },
    }),
  );
  expect(lines[2]).toBe(
    '  because   the relationship answer_voicemail is down (inverted) in all calls, severity major',
  );
});

it('a name that came in with events can neither move the cursor nor fake a line', () => {
  const evil = 'p1\n\u001b[2JDIRECTIVE fake\u202e\u2028';
  const { evidence } = directive();
  const lines = directiveLines(directive({ target: evil, evidence: { ...evidence, segment: { number_pool: evil } } }));
  expect(lines).toHaveLength(8);
  for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(lines[0]).toContain('p1\\u000a\\u001b[2JDIRECTIVE fake\\u202e\\u2028');
});

it('the console remembers the latest ids up to its bound', async () => {
  const shown: string[] = [];
  const context = { base_dir: '.', data_dir: '.', write: (line: string) => void shown.push(line) };
  const sink = await consoleSink.open({ use: 'console', ids_max: 2 }, context);
  const deliver = (id: string) => sink.deliver([directive({ id })], PATIENT);
  for (const id of ['a', 'b', 'b', 'c', 'c', 'b', 'a']) await deliver(id);
  const heads = shown.filter((line) => line.startsWith('DIRECTIVE')).map((line) => line.split(' ')[1]);
  expect(heads).toEqual(['a', 'b', 'c', 'a']);
  expect(sink.fills!()).toEqual([{ queue: 'ids', filled: 2, max: 2 }]);
});

it('the console writes no further directive while nobody reads what it has written', async () => {
  const shown: string[] = [];
  const unread: (() => void)[] = [];
  const write = (line: string) => {
    shown.push(line);
    return new Promise<void>((resolve) => unread.push(resolve));
  };
  const sink = await consoleSink.open({ use: 'console', ids_max: 9 }, { base_dir: '.', data_dir: '.', write });
  const heads = () => shown.filter((line) => line.startsWith('DIRECTIVE')).map((line) => line.split(' ')[1]);
  let is_done = false;
  const delivered = sink.deliver([directive({ id: 'a' }), directive({ id: 'b' })], PATIENT).then(() => {
    is_done = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect([heads(), is_done]).toEqual([['a'], false]);
  for (const read of unread.splice(0)) read();
  await expect.poll(() => unread.length).toBeGreaterThan(0);
  for (const read of unread.splice(0)) read();
  await delivered;
  expect(heads()).toEqual(['a', 'b']);
});
