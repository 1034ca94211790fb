import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maskDigits, maskNumber, maskNumbers } from '../../../pipelines/privacy/mask-numbers.js';
import { mentions } from '../../../pipelines/privacy/mentions.js';
import { isWithheld, withoutPersons } from '../../../pipelines/privacy/without-persons.js';

const CALLEE = '+14155550123';

describe('a masked text', () => {
  test.each([
    ['call +14085557712 now', 'call +* now'],
    ['+4930901820+4930901821', '+*+*'],
    ['call +1 (408) 555-7712, or +1-408-555-7712, or +1.408.555.7712', 'call +*, or +*, or +*'],
    ['https://example.org/call?to=%2B14085557712&from=x', 'https://example.org/call?to=+*&from=x'],
    ['tel:14085557712 sip:14085557712@trunk SIPS:+14085557712@trunk', 'tel:+* sip:+*@trunk SIPS:+*@trunk'],
    ['+1234 is too short, 14085557712 has no plus', '+1234 is too short, 14085557712 has no plus'],
    ['2025-10-07T14:03:12+02:00', '2025-10-07T14:03:12+02:00'],
    ['2 + 2', '2 + 2'],
    ['', ''],
  ])('"%s" becomes "%s"', (text, masked) => {
    expect(maskNumbers(text)).toBe(masked);
  });

  test.each([
    ['number 4085557712 not in service', 'number +* not in service'],
    ['(408) 555-7712 is busy', '(+* is busy'],
    ['0044 20 7946 0018', '+*'],
    ['486 Busy Here, Q.850;cause=17', '486 Busy Here, Q.850;cause=17'],
  ])('for people, "%s" becomes "%s"', (text, masked) => {
    expect(maskDigits(text)).toBe(masked);
  });

  test('mentions a known number in no form any more, and nothing else is touched', () => {
    const group = fc.constantFrom('', ' ', '-', '.', '/', ') ', ' (', ' - - ', '\u00a0');
    const around = fc.string({ unit: fc.constantFrom('a', ' ', '+', '(', '1'), maxLength: 4 });
    fc.assert(
      fc.property(around, fc.array(group, { minLength: 9, maxLength: 9 }), around, (before, groups, after) => {
        const text = [...'4155550123'].map((digit, at) => digit + (groups[at] ?? '')).join('');
        const masked = maskNumber(`${before}${text}${after}`, CALLEE);
        expect(mentions(Buffer.from(masked), CALLEE)).toBe(false);
        expect(maskNumber(`${before}x${after}`, CALLEE)).toBe(`${before}x${after}`);
      }),
      { seed: 38 },
    );
  });
});

describe('what a sender adds', () => {
  test('is kept without numbers and texts, as JSON of the same shape', () => {
    const added = {
      transcript: 'yes',
      order: 14155550123,
      other: 14085557712,
      '\u0001(415) 555-0123': [{ phoneNumber: '4155550123', mood: 'calm 4155550123' }, true, null, 0.5],
    };
    expect(withoutPersons(added, CALLEE)).toEqual({
      order: '+*',
      other: 14085557712,
      '\u0001(+*': [{ mood: 'calm +*' }, true, null, 0.5],
    });
  });

  test.each(['text', 'Transcript', 'calledNumber', 'Phone-Number', 'TO_NUMBER'])('is left out under %s', (name) => {
    expect(isWithheld(name)).toBe(true);
    expect(isWithheld(`${name}_id`)).toBe(false);
  });
});
