import { sourceText } from './source-files.js';

const LINE = /^( *)(?:readonly )?([a-z_0-9]+)[?]?(?:[:,]|$)/;
const CONSTANT = /^(?:export )?const (\w+)/;

/**
 * What the doc comments of a file say: of constants by their name, of keys of schemas by the constant and their path
 * (`explanationSchema.baseline.segment`). Keys that stand in one line with others have none.
 */
export function docComments(path: string): ReadonlyMap<string, string> {
  const comments = new Map<string, string>();
  const keys: { readonly indent: number; readonly name: string }[] = [];
  let constant = '';
  let comment: string[] | null = null;
  let is_inside = false;
  for (const line of sourceText(path).split('\n')) {
    const text = line.trim();
    if (!is_inside && text.startsWith('/**')) {
      comment = [];
      is_inside = true;
    }
    if (is_inside) {
      comment?.push(text.replace(/\s*\*\/$/, '').replace(/^\/?\*+ ?/, ''));
      is_inside = !text.endsWith('*/');
      continue;
    }
    const said = comment?.join('\n').trim();
    if (text !== '') comment = null;
    const declared = CONSTANT.exec(line);
    if (declared !== null) {
      constant = declared[1]!;
      keys.length = 0;
      if (said !== undefined) comments.set(constant, said);
      continue;
    }
    const key = LINE.exec(line);
    if (key === null) continue;
    const indent = key[1]!.length;
    while (keys.length > 0 && keys.at(-1)!.indent >= indent) keys.pop();
    keys.push({ indent, name: key[2]! });
    if (said !== undefined) comments.set([constant, ...keys.map(({ name }) => name)].join('.'), said);
  }
  return comments;
}
