import type { ControlEntry } from '../../contracts/control-entry.js';

/**
 * From when on the schedule of refreshes is followed, after a control entry: a refresh is the last that was due, and a
 * configuration begins a schedule of its own. Null when the entry says nothing of it.
 */
export function scheduledFrom(entry: ControlEntry, watermark_us: number): number | null {
  if (entry.kind === 'baseline_refresh') return entry.as_of_us;
  return entry.kind === 'configured' ? watermark_us : null;
}
