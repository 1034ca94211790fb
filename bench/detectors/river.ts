import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../pipelines/package-root.js';
import { drawValues, VALUE_STREAMS, type ValueStream } from './value-streams.js';

/** The release that is compared with. */
export const RIVER = 'river==0.26.1';

export interface RiverSpeeds {
  readonly river: string;
  readonly python: string;
  readonly rows: readonly {
    readonly detector: string;
    readonly stream: ValueStream;
    readonly values: number;
    readonly cpu_seconds: number;
    readonly fired: number;
  }[];
}

const execute = promisify(execFile);

/**
 * How fast River's detectors take the same streams in, measured by Python in an environment of its own under `folder`.
 *
 * @returns the reason why not, where there is no Python 3 or River cannot be installed
 */
export async function riverSpeeds(
  folder: string,
  seconds: number,
  seed: number,
): Promise<RiverSpeeds | { readonly reason: string }> {
  const environment = join(folder, 'python');
  const python = join(environment, 'bin', 'python');
  try {
    await execute('python3', ['-m', 'venv', environment]);
    await execute(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', RIVER]);
  } catch (error) {
    const [first] = (error instanceof Error ? error.message : String(error)).split('\n');
    return { reason: `${RIVER} is not at hand: ${first}` };
  }
  const streams = VALUE_STREAMS.map((stream) => {
    const path = join(folder, `${stream}.f64`);
    writeFileSync(path, Buffer.from(drawValues(stream, seed).buffer));
    return `${stream}=${path}`;
  });
  const script = join(packageRoot(), 'bench', 'detectors', 'river_speed.py');
  const { stdout } = await execute(python, [script, String(seconds), ...streams]);
  return JSON.parse(stdout) as RiverSpeeds;
}
