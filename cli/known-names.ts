import { resolve } from 'node:path';
import type { z } from 'zod';
import type { Detector } from '../contracts/detector.js';
import { detectors } from '../detectors/index.js';
import type { KnownNames } from '../pipelines/configuration.js';
import { countsCalls, readSignalFiles } from '../pipelines/signal-files.js';
import { sinks } from '../sinks/index.js';
import { sources } from '../sources/index.js';

/** What a configuration may name: the registries, the signals that Plumbline ships and the operator's own. */
export function knownNames(base_dir: string): (signals_dir: string | undefined) => KnownNames {
  return (signals_dir) => {
    const files = readSignalFiles(signals_dir === undefined ? undefined : resolve(base_dir, signals_dir));
    return {
      signals: files.map(({ signal }) => signal.signal),
      signal_dimensions: Object.fromEntries(files.map(({ signal }) => [signal.signal, signal.dimensions])),
      signal_kinds: Object.fromEntries(files.map(({ signal }) => [signal.signal, signal.kind])),
      signal_units: Object.fromEntries(files.map(({ signal }) => [signal.signal, signal.unit])),
      dense_signals: files.filter(({ signal }) => signal.dense).map(({ signal }) => signal.signal),
      call_maturities: Object.fromEntries(
        files.filter(countsCalls).map(({ signal }) => [signal.signal, signal.maturity]),
      ),
      unwatched_signals: files.filter(({ signal }) => !signal.watched).map(({ signal }) => signal.signal),
      detectors: Object.keys(detectors),
      detector_kinds: Object.fromEntries(Object.entries<Detector>(detectors).map(([name, { kinds }]) => [name, kinds])),
      sources: Object.keys(sources),
      sinks: Object.keys(sinks),
      options: { detectors: optionsOf(detectors), sources: optionsOf(sources), sinks: optionsOf(sinks) },
    };
  };
}

function optionsOf(registry: Readonly<Record<string, { readonly config: z.ZodType }>>): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(registry).map(([name, { config }]) => [name, config]));
}
