import { z } from 'zod';

/** How an input stands. */
export const inputReportSchema = z.strictObject({
  input: z.string(),
  watermark_at: z.iso.datetime().nullable(),
  is_idle: z.boolean(),
  is_ended: z.boolean(),
});
