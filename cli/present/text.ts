import pc from 'picocolors';

/** Colours of the terminal, or none. */
export type Colors = ReturnType<typeof pc.createColors>;
export const colorsOf = (is_on: boolean): Colors => pc.createColors(is_on);

/**
 * A text that came in with events or from a file, safe to show: control characters, line separators and marks that turn
 * the direction of writing stand as their escapes.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16).padStart(4, '0')}}`,
  );
}

/** Cut to a width, with an ellipsis where something is missing. */
export function clipped(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(1, width - 1))}…`;
}

export type Alignment = 'left' | 'right';

/** Rows as aligned columns, two spaces apart; the last column is not padded. Cells are already printable. */
export function tableLines(
  rows: readonly (readonly string[])[],
  alignments: readonly Alignment[] = [],
  column_width_max = 48,
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.min(column_width_max, Math.max(widths[column] ?? 0, cell.length));
    }
  }
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const text = clipped(cell, widths[column]);
        if (alignments[column] === 'right') return text.padStart(widths[column]);
        return column === row.length - 1 ? text : text.padEnd(widths[column]);
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Words over lines of at most `width` characters; the first begins with `prefix`, the others with as many spaces. */
export function wrapped(prefix: string, text: string, width: number): string[] {
  const room = width - prefix.length;
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines.map((part, at) => `${at === 0 ? prefix : ' '.repeat(prefix.length)}${part}`);
}
