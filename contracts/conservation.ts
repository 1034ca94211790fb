import { z } from 'zod';

const count = z.number().int().min(0);

export const conservationSchema = z.strictObject({
  received: count,
  landed: count,
  rejected: count,
  duplicate: count,
  /** Of the landed: came after its window had closed. */
  late: count,
});
