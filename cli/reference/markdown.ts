/** The few forms of Markdown that generated pages are made of. */

export const BANNER = '<!-- generated; do not edit. `npm run docs` writes this page from the code. -->';

export function page(title: string, ...blocks: readonly string[]): string {
  return `${[BANNER, `# ${title}`, ...blocks.filter((block) => block !== '')].join('\n\n')}\n`;
}

/** Empty when there are no rows. Columns without any text are left out. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const used = head.map((_, at) => rows.some((row) => row[at] !== ''));
  const line = (cells: readonly string[]) => `| ${cells.filter((_, at) => used[at]).join(' | ')} |`;
  if (rows.length === 0) return '';
  return [line(head), line(head.map(() => '---')), ...rows.map((row) => line(row.map(cell)))].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');
}

export function code(text: string): string {
  return `\`${text}\``;
}

export function codes(names: readonly string[]): string {
  return names.map(code).join(' ');
}

export function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trim()}\n\`\`\``;
}

/** A file of the repository, as seen from `docs/reference/`. */
export function fileLink(path: string): string {
  return `[${path}](../../${path})`;
}
