import { eventBytes } from '../poison/poisoned-events.js';

/** Writes simulated events to the standard output, as many as the first argument says; `poisoned` ones when the second does. */
const count = Number(process.argv[2]);
// Whoever reads them has gone.
process.stdout.on('error', () => process.exit(1));
for (const bytes of eventBytes(count, process.argv[3] === 'poisoned')) {
  await new Promise((resolve) => process.stdout.write(bytes, resolve));
}
