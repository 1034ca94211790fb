import { Random, streamKey } from '../../sources/simulate/random.js';

/** What may happen to the bytes of a file. */
export interface Damage {
  readonly kind: 'flip' | 'cut' | 'zero';
  readonly file: string;
  /** First byte that is not what it was. */
  readonly at: number;
  /** Of a flip the bit, of zeros the bytes. */
  readonly length: number;
}

const KINDS = ['flip', 'flip', 'cut', 'zero'] as const;
const ZEROS_MAX = 4_096;

/** Which damages are tried. */
export interface DamageTask {
  /** New folder. */
  readonly folder: string;
  /** Lines of events, of which the first ones are taken. */
  readonly lines: readonly string[];
  readonly damages: number;
  readonly seed: number;
  /** Which of the parts that are tried beside each other: each draws its own. */
  readonly part: number;
}

/** Damages that each change something, at places drawn over all bytes; a small file is hit as often as a large one. */
export function* seededDamages(
  files: readonly { readonly name: string; readonly bytes: Buffer }[],
  { damages, seed, part }: Pick<DamageTask, 'damages' | 'seed' | 'part'>,
): Generator<Damage> {
  const random = new Random().restart(streamKey(seed, 'damages'), part, 0);
  const below = (bound: number) => random.index(bound);
  for (let made = 0; made < damages; ) {
    const { name, bytes } = files[below(files.length)]!;
    const kind = KINDS[below(KINDS.length)]!;
    const at = below(bytes.length);
    const length = kind === 'flip' ? below(8) : kind === 'zero' ? 1 + below(ZEROS_MAX) : bytes.length - at;
    const damage: Damage = { kind, file: name, at, length };
    if (damageAt(bytes, damage).equals(bytes)) continue;
    made++;
    yield damage;
  }
}

/** The bytes after the damage. */
export function damageAt(bytes: Buffer, { kind, at, length }: Damage): Buffer {
  if (kind === 'cut') return bytes.subarray(0, at);
  const damaged = Buffer.from(bytes);
  if (kind === 'flip') damaged[at]! ^= 1 << length;
  else damaged.fill(0, at, Math.min(bytes.length, at + length));
  return damaged;
}

export function damageText({ kind, file, at, length }: Damage): string {
  return `${kind} ${file} at ${at}, ${length}`;
}
