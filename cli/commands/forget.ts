import { text } from 'node:stream/consumers';
import { PlumblineError } from '../../contracts/errors.js';
import { PHONE } from '../../contracts/event.js';
import { type CommandFile, withConfig, withDataDir, withJson } from '../command.js';
import { countText } from '../present/figures.js';
import type { WorkspaceOptions } from '../workspace.js';

export const forgetCommand: CommandFile<WorkspaceOptions> = {
  name: 'forget',
  summary: 'take a person out of everything that is kept; no count and no verdict moves',
  group: 'Keep it:',
  define(command) {
    command.argument('<number>', 'their number in international form, such as +14155550123; - reads it from the input');
    withJson(withDataDir(withConfig(command)));
  },
  async run(context) {
    const [word] = context.words;
    const callee = word === '-' ? (await text(process.stdin)).trim() : word!;
    // The number itself is not repeated: what a command says is kept in many places.
    if (!PHONE.test(callee))
      throw new PlumblineError('COMMAND_ARGUMENT_INVALID', 'that is no number in international form', {
        detail: 'a plus, then 5 to 15 digits of which the first is not 0, such as +14155550123',
        hint: 'Write it as it stood in the field "callee" of the events.',
      });
    const { askInstance } = await import('../open-instance.js');
    const document = await askInstance(context, ({ instance }) => instance.forget(callee));
    const { events, calls, rejected, text_keys } = document;
    context.terminal.answer('forget', document, () => [
      `blanked in ${countText(events)} events of ${countText(calls)} calls and in ${countText(rejected)} rejected lines; ${countText(text_keys)} keys of texts destroyed`,
      'The DuckDB file is copied into a new one at the next start: until then unused parts of it may hold the token.',
      'Copies that were made before (backup) still hold the person.',
    ]);
    return 0;
  },
};
