import { resolve } from 'node:path';
import { type CommandFile, withConfig, withDataDir, withJson } from '../command.js';
import { conservationText } from '../present/result.js';
import { shownPath } from '../replayed.js';
import { configuredWorkspace, type WorkspaceOptions } from '../workspace.js';

interface ImportOptions extends WorkspaceOptions {
  readonly mapping: string;
  readonly file: string;
  readonly history?: true;
}
