import type { CommandFile } from '../command.js';
import { backupCommand } from './backup.js';
import { baselineCommand } from './baseline.js';
import { compareCommand } from './compare.js';
import { demoCommand } from './demo.js';
import { digestCommand } from './digest.js';
import { evaluateCommand } from './evaluate.js';
import { explainCommand } from './explain.js';
import { forgetCommand } from './forget.js';
import { importCommand } from './import.js';
import { initCommand } from './init.js';
import { keysCommand } from './keys.js';
import { lintCommand } from './lint.js';
import { logCommand } from './log.js';
import { passOverCommand } from './pass-over.js';
import { rebuildCommand } from './rebuild.js';
import { rejectedCommand } from './rejected.js';
import { replayCommand } from './replay.js';
import { reportCommand } from './report.js';
import { restoreCommand } from './restore.js';
import { reviewCommand } from './review.js';
import { runCommand } from './run.js';
import { simulateCommand } from './simulate.js';
import { sqlCommand } from './sql.js';
import { statusCommand } from './status.js';

/** Every command, in the order of the help. */
export const commands: readonly CommandFile<never>[] = [
  demoCommand,
  simulateCommand,
  initCommand,
  lintCommand,
  runCommand,
  replayCommand,
  importCommand,
  statusCommand,
  explainCommand,
  compareCommand,
  reviewCommand,
  evaluateCommand,
  sqlCommand,
  reportCommand,
  baselineCommand,
  rebuildCommand,
  digestCommand,
  logCommand,
  passOverCommand,
  rejectedCommand,
  forgetCommand,
  keysCommand,
  backupCommand,
  restoreCommand,
];
