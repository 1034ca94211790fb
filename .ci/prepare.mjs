// Makes a fresh clone ready to run: installs what package-lock.json names and compiles the sources, each only when it
// has to be done. Instant and silent when there is nothing to do. Whatever it says goes to the standard error.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(root);

const NODE_MIN = [20, 19];
const SOURCE_FOLDERS = ['contracts', 'sources', 'detectors', 'sinks', 'pipelines', 'serving', 'cli', 'bench'];
const BUILD_SETTINGS = ['package.json', 'tsconfig.json', 'tsconfig.build.json'];
const LOCK_STAMP = join('node_modules', '.plumbline-lock');
const BUILD_STAMP = join('dist', '.plumbline-build');

checkNode();
const lock = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
if (readStamp(LOCK_STAMP) !== lock) install();
build();

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return;
  stop(
    `Plumbline needs Node ${NODE_MIN.join('.')} or newer; this is Node ${process.versions.node} (${process.execPath}).`,
  );
}

function install() {
  say('installing what package-lock.json names (npm ci)');
  run('npm', ['ci', '--no-audit', '--no-fund'], 'npm ci');
  writeFileSync(LOCK_STAMP, lock);
}

function build() {
  const files = [...BUILD_SETTINGS, ...SOURCE_FOLDERS.flatMap((folder) => sourcesIn(folder))];
  const facts = files.map((file) => {
    const { mtimeMs, size } = statSync(file);
    return `${file} ${mtimeMs} ${size}`;
  });
  const stamp = [
    createHash('sha256')
      .update(`${lock}\n${facts.join('\n')}`)
      .digest('hex'),
    ...files,
  ].join('\n');
  const before = readStamp(BUILD_STAMP);
  if (before === stamp && existsSync(join('dist', 'cli', 'main.js'))) return;

  // What a deleted source left behind must not run; nor must the compiler believe that what is missing is there.
  const known = new Set(files);
  const is_partial = before === undefined || !existsSync(join('dist', 'cli', 'main.js'));
  if (
    is_partial ||
    before
      .split('\n')
      .slice(1)
      .some((file) => !known.has(file))
  ) {
    rmSync('dist', { recursive: true, force: true });
  }
  say('compiling');
  run(
    process.execPath,
    [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'],
    'the compiler',
  );
  mkdirSync('dist', { recursive: true });
  writeFileSync(BUILD_STAMP, stamp);
}

function sourcesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return sourcesIn(path);
      return entry.name.endsWith('.ts') ? [path] : [];
    })
    .sort();
}

function readStamp(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** Output of the tools goes to the standard error: the standard output belongs to the command that follows. */
function run(command, parameters, name) {
  const result = spawnSync(command, parameters, { stdio: ['ignore', 2, 2], shell: false });
  if (result.error !== undefined) stop(`${name} could not be started: ${result.error.message}`);
  if (result.status !== 0) stop(`${name} failed; what it says stands above.`);
}

function say(text) {
  process.stderr.write(`plumbline: ${text}\n`);
}

function stop(text) {
  say(text);
  process.exit(1);
}
