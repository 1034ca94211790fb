import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** The repository as the house rules see it. Paths are relative to its top. */

export const PRODUCT_ROOMS = [
  'contracts',
  'sources',
  'detectors',
  'sinks',
  'pipelines',
  'serving',
  'cli',
  'control',
  'console',
  'bench',
];

/** Files of a folder and everything below whose name ends so, sorted; none where the folder is not there. */
export function filesIn(folder: string, ending: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .flatMap((entry) => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return filesIn(path, ending);
        return entry.name.endsWith(ending) ? [path] : [];
      })
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

export function textOf(path: string): string {
  return readFileSync(path, 'utf8');
}

const parsed = new Map<string, ts.SourceFile>();

export function syntaxOf(path: string): ts.SourceFile {
  let source = parsed.get(path);
  if (source === undefined) {
    source = ts.createSourceFile(path, textOf(path), ts.ScriptTarget.Latest, true);
    parsed.set(path, source);
  }
  return source;
}

/** Every node below one, itself included. */
export function* nodesOf(node: ts.Node): Generator<ts.Node, void, undefined> {
  yield node;
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => {
    children.push(child);
  });
  for (const child of children) yield* nodesOf(child);
}

/** Texts of the string and template literals of a file, with their lines. */
export function literalsOf(path: string): { readonly text: string; readonly line: number }[] {
  const source = syntaxOf(path);
  const literals: { text: string; line: number }[] = [];
  for (const node of nodesOf(source))
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
      literals.push({ text: node.text, line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1 });
  return literals;
}
