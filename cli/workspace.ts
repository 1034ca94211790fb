import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { PlumblineError } from '../contracts/errors.js';
import { configurationOf, type LoadedConfiguration, loadConfiguration } from '../pipelines/configuration.js';
import { createDurably } from '../pipelines/durable-files.js';
import { refuseOther } from '../pipelines/open-regular.js';
import { refuseHalfRestored } from '../pipelines/restoring-note.js';
import { knownNames } from './known-names.js';
import { defaultConfigurationText } from './shipped-files.js';

/** Which configuration and which data directory a command works with. */

export const CONFIGURATION_FILE = 'plumbline.yaml';
const KEPT_FILE = 'configuration.json';

export interface Workspace {
  readonly configuration: LoadedConfiguration;
  /** Absolute. */
  readonly data_dir: string;
}

export interface WorkspaceOptions {
  readonly config?: string;
  readonly dataDir?: string;
}

export function loadNamed(path: string): LoadedConfiguration {
  return loadConfiguration(path, knownNames(resolve(path, '..')));
}

/** The configuration named, or `plumbline.yaml` of this folder. @throws PlumblineError CONFIG_FILE_UNREADABLE */
export function configuredWorkspace({ config, dataDir }: WorkspaceOptions): Workspace {
  const configuration = loadNamed(config ?? CONFIGURATION_FILE);
  return { configuration, data_dir: dataDirOf(configuration, dataDir) };
}

/**
 * The configuration named, or the one that Plumbline ships. Unless they are to be delivered, directives go to a file of
 * the data directory and nowhere else: what was recorded has long happened.
 */
export function replayConfiguration(config: string | undefined, is_delivered = false): LoadedConfiguration {
  const loaded = config === undefined ? defaultConfiguration() : loadNamed(config);
  if (is_delivered) return loaded;
  const document = parseDocument(loaded.text);
  document.set('sinks', document.createNode([{ use: 'file' }]));
  document.delete('sources');
  document.delete('data_dir');
  const text = document.toString({ lineWidth: 0 });
  const { file, base_dir } = loaded;
  return configurationOf(text, { name: file, file, base_dir }, knownNames(base_dir));
}

function defaultConfiguration(): LoadedConfiguration {
  const base_dir = process.cwd();
  const file = 'the default configuration';
  return configurationOf(defaultConfigurationText(), { name: file, file, base_dir }, knownNames(base_dir));
}

const keptSchema = z.strictObject({ file: z.string(), base_dir: z.string(), text: z.string() });

/**
 * Keeps the configuration that a data directory is run with, so that commands that look into it later use the same and
 * not one that was edited since.
 */
export function keepConfiguration({ configuration, data_dir }: Workspace): void {
  const { file, base_dir, text } = configuration;
  createDurably(data_dir, KEPT_FILE, Buffer.from(`${JSON.stringify({ file, base_dir, text }, null, 2)}\n`));
}

/** The data directory to look into, with the configuration that it was last run with. */
export function existingWorkspace({ config, dataDir }: WorkspaceOptions): Workspace {
  const data_dir = dataDir === undefined ? namedDataDir(config) : resolve(dataDir);
  const kept = readKept(data_dir);
  if (typeof kept === 'object') {
    const { file, base_dir, text } = kept;
    return { configuration: configurationOf(text, { name: file, file, base_dir }, knownNames(base_dir)), data_dir };
  }
  refuseHalfRestored(data_dir);
  if (config !== undefined && existsSync(data_dir)) return { configuration: loadNamed(config), data_dir };
  const has_data = ['log', 'archive'].some((folder) => existsSync(join(data_dir, folder)));
  throw kept === 'damaged' || has_data ? noConfiguration(data_dir, kept) : noData(data_dir);
}

/** The configuration that a data directory was last run with, where there is one that can be read. */
function readKept(data_dir: string): z.infer<typeof keptSchema> | 'damaged' | 'gone' {
  let text: string;
  try {
    text = readFileSync(refuseOther(join(data_dir, KEPT_FILE)), 'utf8');
  } catch (error) {
    // What may not be read is there: to say that it is not would send people looking elsewhere.
    if (!['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return 'gone';
  }
  try {
    return keptSchema.parse(JSON.parse(text));
  } catch {
    return 'damaged';
  }
}

/** Without a configuration here, the folder that a configuration has by default. */
function namedDataDir(config: string | undefined): string {
  if (config === undefined && !existsSync(CONFIGURATION_FILE)) return resolve('.plumbline');
  return configuredWorkspace({ config: config ?? CONFIGURATION_FILE }).data_dir;
}

function noData(data_dir: string): PlumblineError {
  return new PlumblineError('DATA_DIRECTORY_INVALID', `there is no data of Plumbline in "${data_dir}"`, {
    detail: 'it is made by run, replay, import and demo',
    hint: 'Name the folder with --data-dir; each of these commands prints it at its end.',
  });
}

function noConfiguration(data_dir: string, kept: 'damaged' | 'gone'): PlumblineError {
  return new PlumblineError('DATA_DIRECTORY_INVALID', `"${join(data_dir, KEPT_FILE)}" is ${kept}`, {
    detail: 'it holds the configuration that the data was last run with; the data itself is not touched by this',
    hint: 'Name the configuration file with --config (plumbline.yaml, say), or start: "plumbline run" writes it anew.',
  });
}

function dataDirOf({ config, base_dir }: LoadedConfiguration, dataDir: string | undefined): string {
  return dataDir === undefined ? resolve(base_dir, config.data_dir) : resolve(dataDir);
}

/** A new folder for one run, under `.plumbline` of this folder. */
export function freshDataDir(command: string, instant: Date): string {
  const stamp = instant.toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  for (let at = 1; ; at++) {
    const path = resolve('.plumbline', `${command}-${stamp}${at === 1 ? '' : `-${at}`}`);
    if (!existsSync(path)) return path;
  }
}

/** The folder of a seeded demo: it holds nothing that the seed does not make again, so an earlier one is replaced. */
export function demoDataDir(seed: number): string {
  const path = resolve('.plumbline', `demo-${seed}`);
  rmSync(path, { recursive: true, force: true });
  return path;
}
