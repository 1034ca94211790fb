/** So many of a number's last digits are looked for: its national form lacks the first ones. */
export const DIGITS = 8;

/**
 * Whether bytes mention a number: its last eight digits, however they are grouped, also escaped. Another number that ends
 * like it is mentioned too: of two mistakes, the one that forgets more.
 */
export function mentions(bytes: Buffer, callee: string): boolean {
  const text = bytes
    .toString('latin1')
    .replaceAll(/\\u00(3[0-9])/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replaceAll(/[\s().\-/\u00a0]+/g, '');
  return text.includes(callee.slice(1).slice(-DIGITS));
}
