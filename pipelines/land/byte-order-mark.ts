const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;

/** Length of the byte order mark (UTF-8) that bytes begin with; 0 when there is none. */
export function markLength(bytes: Uint8Array): number {
  return BYTE_ORDER_MARK.every((byte, at) => bytes[at] === byte) ? BYTE_ORDER_MARK.length : 0;
}
