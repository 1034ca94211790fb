import { resolve } from 'node:path';
import { Argument } from 'commander';
import { type CommandFile, withConfig, withDataDir, withJson } from '../command.js';
import { bytesText, countText } from '../present/figures.js';
import { shownPath } from '../replayed.js';
import { existingWorkspace, type WorkspaceOptions } from '../workspace.js';

const DAMAGES_SHOWN_MAX = 20;

const WHAT_TO_DO =
  'Stop Plumbline, put the files named here back from a backup, and verify again. Without one, what cannot be read is set aside when it is needed (a start, a rebuild, a person to be forgotten), counted and told, and everything else goes on.';

export const logCommand: CommandFile<WorkspaceOptions> = {
  name: 'log',
  summary: 'read every byte of the landing log, its archive and its notes and name what is not as it was written',
  group: 'Keep it:',
  define: (command) => {
    command.addArgument(new Argument('<what>', 'what to do').choices(['verify']));
    withJson(withDataDir(withConfig(command)));
  },
  async run({ terminal, options }) {
    const { verifyLog } = await import('../../pipelines/land/verify-log.js');
    const { refuseHalfRestored } = await import('../../pipelines/restoring-note.js');
    const { data_dir } = existingWorkspace(options);
    refuseHalfRestored(data_dir);
    const log = shownPath(resolve(data_dir, 'log'));
    const document = { log, ...verifyLog(data_dir) };
    terminal.answer('log', document, () => {
      const { segments, frames, events, bytes, archived, torn_bytes, set_aside } = document;
      const { left_out, passed_over, damages, damages_count, is_whole } = document;
      const lines = [
        `${log}: ${countText(frames)} frames with ${countText(events)} events in ${countText(segments)} files, ${bytesText(bytes)}`,
      ];
      if (archived.segments > 0)
        lines.push(
          `of which archived: ${countText(archived.segments)} files of the log, as ${countText(archived.files)} Parquet files of ${bytesText(archived.bytes)}`,
        );
      if (torn_bytes > 0) lines.push(`${countText(torn_bytes)} bytes at its end are no whole frame yet`);
      if (set_aside.frames > 0)
        lines.push(`set aside before: ${countText(set_aside.frames)} frames, ${countText(set_aside.events)} events`);
      if (left_out.notes > 0)
        lines.push(
          `left out because the store cannot take them: ${countText(left_out.events)} events, by ${countText(left_out.notes)} notes`,
        );
      if (passed_over > 0) lines.push(`passed over because they cannot be applied: ${countText(passed_over)} frames`);
      if (is_whole) return [...lines, 'every byte is as it was written'];
      const shown = damages.slice(0, DAMAGES_SHOWN_MAX).map(({ file, byte, frame, what }) => {
        const which = frame === null ? '' : `frame ${frame}, `;
        return `  ${which}${file} at byte ${byte}: ${what}`;
      });
      const more = damages_count > shown.length ? [`  and ${countText(damages_count - shown.length)} more`] : [];
      const places = damages_count === 1 ? 'in one place' : `in ${countText(damages_count)} places, first`;
      return [...lines, `damaged ${places}:`, ...shown, ...more, WHAT_TO_DO];
    });
    return document.is_whole ? 0 : 1;
  },
};
