/** HTML that is safe by construction: whatever is put into the template is escaped unless it is HTML already. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | readonly Html[] | null;

export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = strings[0];
  parts.forEach((part, at) => {
    text += partText(part) + strings[at + 1];
  });
  return new Html(text);
}

function partText(part: Part): string {
  if (part === null) return '';
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map((inner: Html) => inner.text).join('');
  return escapeHtml(String(part));
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/**
 * Safe in the text and in quoted attributes of HTML. Control characters and marks that turn the direction of writing
 * stand as their escapes, as on the terminal.
 */
export function escapeHtml(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (mark) => `\\u{${mark.codePointAt(0)?.toString(16).padStart(4, '0')}}`)
    .replace(/[&<>"']/g, (character) => ESCAPES[character]);
}
