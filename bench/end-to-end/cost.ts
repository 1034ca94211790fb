import { readFileSync } from 'node:fs';

/** What a piece of work costs in a process of its own. */
export interface Cost {
  readonly rows: number;
  /** User and system time of the whole process while it worked, all threads. */
  readonly cpu_seconds: number;
  readonly wall_seconds: number;
  /** The most memory that the process ever held. */
  readonly peak_rss_mib: number;
}

/** Does the work, and tells what it came to and what it took. */
export async function costOf<Result>(
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly cost: Omit<Cost, 'rows'> }> {
  const started_ms = performance.now();
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  const cost = {
    cpu_seconds: (user + system) / 1e6,
    wall_seconds: (performance.now() - started_ms) / 1000,
    peak_rss_mib: peakRssKib() / 1024,
  };
  return { result, cost };
}

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
