import { simulatedEvents } from './simulated-events.js';

/** Writes simulated events to the standard output, as many as the first argument says. */
const count = Number(process.argv[2]);
// Whoever reads them has gone.
process.stdout.on('error', () => process.exit(1));
for (const { bytes } of simulatedEvents(count)) {
  await new Promise((resolve) => process.stdout.write(bytes, resolve));
}
