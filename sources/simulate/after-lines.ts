const LF = 10;

/** NDJSON bytes from the line on that follows `lines` whole lines. */
export function afterLines(bytes: Uint8Array, lines: number): Uint8Array {
  let from = 0;
  for (let passed = 0; passed < lines; passed += 1) from = bytes.indexOf(LF, from) + 1;
  return bytes.subarray(from);
}
