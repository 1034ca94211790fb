import { z } from 'zod';
import { settingsSchema } from './config.js';

/**
 * A control entry: a frame of the log for whatever moves a result and is no event. It is on disk before it takes
 * effect, so the log alone says what happened and in which order.
 */
export const controlEntrySchema = z.discriminatedUnion('kind', [
  /** A scheduled (or asked-for) baseline refresh, as of an event time. */
  z.strictObject({ kind: z.literal('baseline_refresh'), as_of_us: z.number().int() }),
  /** An input has been quiet for longer than its timeout and no longer holds the watermark back. */
  z.strictObject({ kind: z.literal('input_idle'), input: z.string(), until_us: z.number().int() }),
  /** An input has come to its end. */
  z.strictObject({ kind: z.literal('input_ended'), input: z.string() }),
  /** Everything known has come in: windows up to the last event close. */
  z.strictObject({ kind: z.literal('drained'), until_us: z.number().int() }),
  /** The configuration in force from here on: as people wrote it, and what of it decides what is derived. */
  z.strictObject({
    kind: z.literal('configured'),
    version: z.string(),
    configuration: z.string(),
    /** Missing in logs of 0.1.0: these are derived under the configuration at hand. */
    settings: settingsSchema.optional(),
  }),
  /** A process took the log over. */
  z.strictObject({ kind: z.literal('epoch'), epoch: z.number().int().min(1) }),
  /** A sink is done with directives: it has taken them, or their leases ran out before it did. */
  z.strictObject({
    kind: z.literal('delivered'),
    sink: z.string(),
    directive_ids: z.array(z.string()),
    /** Missing in logs of 0.1.0, and where they were taken. */
    is_expired: z.boolean().optional(),
  }),
  /** A person is forgotten: nothing of who it is. Moves no result. */
  z.strictObject({ kind: z.literal('forgotten'), at_us: z.number().int() }),
]);
export type ControlEntry = z.infer<typeof controlEntrySchema>;
