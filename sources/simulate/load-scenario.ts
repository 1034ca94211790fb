import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { PlumblineError } from '../../contracts/errors.js';
import { type Scenario, scenarioSchema } from '../../contracts/scenario.js';

/**
 * Scenario files: YAML of `scenarioSchema`. One that names another under `extends` (a path beside it or a shipped name)
 * takes everything from there that it does not give itself, top-level field by top-level field.
 */

const SHIPPED_NAME = /^[a-z][a-z0-9_]*$/;
const EXTENDS_DEPTH_MAX = 8;

/**
 * The scenario of a shipped name (`demo`, `quiet`) or of a file.
 *
 * @param base_dir where a relative path starts from.
 * @throws PlumblineError SCENARIO_INVALID when it cannot be read or is none.
 */
export function loadScenario(name_or_path: string, base_dir = '.'): Scenario {
  const file = scenarioFile(name_or_path, base_dir);
  const result = scenarioSchema.safeParse(readFields(file, 0));
  if (!result.success)
    throw new PlumblineError('SCENARIO_INVALID', `scenario "${name_or_path}" is not valid`, {
      detail: `${file}: ${z.prettifyError(result.error).replaceAll('\n', ' ')}`,
      hint: 'Compare it with the shipped scenario "demo".',
    });
  return result.data;
}

function scenarioFile(name_or_path: string, base_dir: string): string {
  return SHIPPED_NAME.test(name_or_path)
    ? join(shippedFolder(), `${name_or_path}.yaml`)
    : resolve(base_dir, name_or_path);
}

function readFields(file: string, depth: number): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new PlumblineError('SCENARIO_INVALID', `scenario file ${file} could not be read`, {
      detail: cause instanceof Error ? cause.message : undefined,
      hint: 'Give the path of a scenario file, or the name of a shipped one: demo, quiet.',
      cause,
    });
  }
  const document = parseDocument(text);
  const fields: unknown = document.errors.length === 0 ? document.toJS() : undefined;
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields))
    throw new PlumblineError('SCENARIO_INVALID', `scenario file ${file} is not a YAML mapping`, {
      detail: document.errors[0]?.message,
      hint: 'Compare it with the shipped scenario "demo".',
    });
  const { extends: parent, ...own } = fields as Record<string, unknown>;
  if (parent === undefined) return own;
  if (typeof parent !== 'string' || depth === EXTENDS_DEPTH_MAX)
    throw new PlumblineError('SCENARIO_INVALID', `scenario file ${file} extends ${JSON.stringify(parent)}`, {
      detail: `allowed: the path or name of one other scenario, at most ${EXTENDS_DEPTH_MAX} deep`,
    });
  return { ...readFields(scenarioFile(parent, dirname(file)), depth + 1), ...own };
}

let folder: string | undefined;

/** `fixtures/scenarios` of the package: the same from the sources and from what is built of them. */
function shippedFolder(): string {
  if (folder === undefined) {
    let root = dirname(fileURLToPath(import.meta.url));
    while (!existsSync(join(root, 'package.json')) && dirname(root) !== root) root = dirname(root);
    folder = join(root, 'fixtures', 'scenarios');
  }
  return folder;
}
