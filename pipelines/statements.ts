import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './package-root.js';

/** Statements are named by their file in `sql/`: `staging/calls`. */

/** Text of a statement file, read once. */
export function readStatement(name: string): string {
  let text = statements.get(name);
  if (text === undefined) {
    text = readFileSync(join(packageRoot(), 'sql', `${name}.sql`), 'utf8');
    statements.set(name, text);
  }
  return text;
}
const statements = new Map<string, string>();

/** Tables, lasting views, macros, then views of the session, each after what its header says it reads. */
export function schemaOrder(): readonly string[] {
  schema_order ??= inOrder();
  return schema_order;
}
let schema_order: readonly string[] | undefined;

function inOrder(): string[] {
  const names = ['schema', 'views'].flatMap((folder) =>
    readdirSync(join(packageRoot(), 'sql', folder))
      .filter((file) => file.endsWith('.sql'))
      .map((file) => `${folder}/${file.slice(0, -4)}`)
      .sort(),
  );
  const rank = (name: string) => {
    const text = readStatement(name);
    if (/^create or replace temp view/m.test(text)) return 3;
    if (/^create or replace temp macro/m.test(text)) return 2;
    return /^create or replace view/m.test(text) ? 1 : 0;
  };
  const byRelation = new Map(names.map((name) => [name.slice(name.indexOf('/') + 1), name]));
  const ordered = new Set<string>();
  const visit = (name: string) => {
    if (ordered.has(name)) return;
    for (const input of inputsOf(name)) {
      const read = byRelation.get(input);
      if (read !== undefined && read !== name && rank(read) === rank(name)) visit(read);
    }
    ordered.add(name);
  };
  for (const name of names.sort((left, right) => rank(left) - rank(right))) visit(name);
  return [...ordered];
}

/** Whether what a file of the schema creates ends with the session. */
export function isOfSession(name: string): boolean {
  return /^create or replace temp/m.test(readStatement(name));
}

function inputsOf(name: string): string[] {
  return /^-- inputs: (.+)$/m.exec(readStatement(name))?.[1]?.split(/[,;:] */) ?? [];
}
