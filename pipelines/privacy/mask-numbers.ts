/** What stands where a number stood. */
const MASK = '+*';
const NUMBER = /\+[1-9][0-9]{4,14}/g;

/**
 * A text without telephone numbers in international form (E.164): for what senders write in words of their own, such as
 * a reason or a field beyond the contract, where a callee's number may stand unlooked for. A number in any other form
 * is not known to be one.
 */
export function maskNumbers(text: string): string {
  return text.includes('+') ? text.replace(NUMBER, MASK) : text;
}
