import { DIGITS } from './mentions.js';

/** What stands where a number stood. */
const MASK = '+*';
/** Between the digits of one number: groups are set apart as in `+1 (415) 555-0123`. */
const APART = '[\\s()./-]{0,2}';
/** In international form (E.164), its plus perhaps percent-encoded as in a URL; or what an address calls a number. */
const NUMBER = new RegExp(
  `(?:(?:\\+|%2[Bb])[1-9]|(?<=\\b(?:tel|sips?|sms|callto|whatsapp):)\\(?[0-9])(?:${APART}[0-9]){4,14}`,
  'g',
);
const DIGIT_RUN = new RegExp(`[0-9](?:${APART}[0-9])*`, 'g');
/** As far apart as they may be for `mentions`. */
const SPREAD_RUN = /[0-9](?:[\s().\-/]*[0-9])*/g;
/** No telephone number that is dialled from elsewhere has fewer digits. */
const DIGITS_MIN = 7;

/**
 * A text without telephone numbers in international form, grouped or not, and without those of an address (`tel:`,
 * `sip:`): for what senders write in fields beyond the contract, where a callee's number may stand unlooked for. A number
 * in any other form is not known to be one.
 */
export function maskNumbers(text: string): string {
  return text.replace(NUMBER, MASK);
}

/** A text for people, without anything that could be a telephone number in any form: seven digits or more in a row, or in groups. */
export function maskDigits(text: string): string {
  return maskNumbers(text).replace(DIGIT_RUN, (run) => (digitsOf(run).length < DIGITS_MIN ? run : MASK));
}

/** A text without a number that is known, in whatever form, as `mentions` knows it. @param callee E.164 */
export function maskNumber(text: string, callee: string): string {
  const tail = callee.slice(1).slice(-DIGITS);
  return text.replace(SPREAD_RUN, (run) => (digitsOf(run).includes(tail) ? MASK : run));
}

function digitsOf(run: string): string {
  return run.replaceAll(/[^0-9]/g, '');
}
