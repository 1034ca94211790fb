import { once } from 'node:events';
import { createWriteStream, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { PlumblineError } from '../../contracts/errors.js';
import { type CommandFile, wholeNumber, withJson } from '../command.js';
import { countText, secondsText } from '../present/figures.js';

interface SimulateOptions {
  readonly seed: number;
  readonly scenario: string;
  readonly events: string;
  readonly labels?: string;
  readonly json?: true;
}

export const simulateCommand: CommandFile<SimulateOptions> = {
  name: 'simulate',
  summary: 'write the events of a simulated fleet to a file, and what was planted in them',
  group: 'Try it:',
  define(command) {
    command.option('--seed <n>', 'what chance makes of the scenario', wholeNumber, 1);
    command.option('--scenario <name>', 'a shipped scenario (demo, quiet) or the path of a file', 'demo');
    command.requiredOption('--events <file>', 'NDJSON file to write; - is the standard output');
    command.option('--labels <file>', 'JSON file for the planted drifts: where, when, how large');
    withJson(command);
  },
  async run({ terminal, options, signal }) {
    const { loadScenario, scenarioLabels, simulate } = await import('../../sources/simulate.js');
    const { seed, events, labels: labels_path } = options;
    const is_stdout = events === '-';
    if (is_stdout && options.json === true) {
      throw new PlumblineError('COMMAND_ARGUMENT_INVALID', '--json and --events - both want the standard output', {
        hint: 'Write the events to a file, or leave --json out.',
      });
    }
    const started_ms = performance.now();
    const scenario = loadScenario(options.scenario, process.cwd());
    const labels = scenarioLabels(scenario, seed);
    const out = is_stdout ? process.stdout : createWriteStream(resolve(events));
    if (!is_stdout) await once(out, 'open').catch((error: unknown) => Promise.reject(unwritable(events, error)));
    let event_count = 0;
    for (const chunk of simulate(scenario, seed)) {
      if (signal.aborted) break;
      event_count += chunk.events;
      // One turn of the loop a chunk: an interrupt is seen, and the file is written meanwhile.
      if (!out.write(chunk.bytes)) await once(out, 'drain');
      else await new Promise((next) => setImmediate(next));
    }
    if (!is_stdout) {
      out.end();
      await finished(out);
    }
    if (signal.aborted) {
      if (!is_stdout) terminal.say(`stopped after ${countText(event_count)} events; ${events} is not whole`);
      return 0;
    }
    if (labels_path !== undefined) {
      try {
        writeFileSync(resolve(labels_path), `${JSON.stringify(labels, null, 2)}\n`);
      } catch (error) {
        throw unwritable(labels_path, error);
      }
    }
    const document = {
      seconds: (performance.now() - started_ms) / 1000,
      seed,
      scenario: scenario.name,
      events,
      labels: labels_path ?? null,
      event_count,
      label_count: labels.length,
    };
    if (!is_stdout) {
      terminal.answer('simulate', document, () => [
        `${countText(event_count)} events and ${labels.length} planted drifts of "${scenario.name}", seed ${seed}, in ${secondsText(document.seconds)}`,
        `run them: ${terminal.program} replay ${events}`,
      ]);
    }
    return 0;
  },
};

function unwritable(path: string, cause: unknown): PlumblineError {
  return new PlumblineError('COMMAND_ARGUMENT_INVALID', `"${path}" cannot be written`, {
    detail: cause instanceof Error ? cause.message : String(cause),
    hint: 'Name a file in a folder that is there and that you may write to.',
    cause,
  });
}
