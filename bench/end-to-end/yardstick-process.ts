import { readFileSync } from 'node:fs';
import { answer } from '../in-child.js';
import { YARDSTICKS, type YardstickTask } from './yardsticks.js';

export interface Cost {
  readonly rows: number;
  /** User and system time of the whole process while it worked, all threads. */
  readonly cpu_seconds: number;
  readonly wall_seconds: number;
  /** The most memory that the process ever held. */
  readonly peak_rss_mib: number;
}

answer(async (task: YardstickTask): Promise<Cost> => {
  const started_ms = performance.now();
  const before = process.cpuUsage();
  const rows = await YARDSTICKS[task.yardstick](task);
  const { user, system } = process.cpuUsage(before);
  return {
    rows,
    cpu_seconds: (user + system) / 1e6,
    wall_seconds: (performance.now() - started_ms) / 1000,
    peak_rss_mib: peakRssKib() / 1024,
  };
});

/** The kernel's own high-water mark where there is one. */
function peakRssKib(): number {
  try {
    const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    if (match !== null) return Number(match[1]);
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS;
}
