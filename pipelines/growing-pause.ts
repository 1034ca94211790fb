/** How long to wait after so many failures in a row (1 and more), ms: twice as long after each, within bounds. */
export function growingPauseMs(failures: number, ms_min: number, ms_max: number): number {
  return Math.min(ms_max, ms_min * 2 ** (failures - 1));
}
