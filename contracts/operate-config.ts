import { z } from 'zod';

/** `operate:` of the configuration: how an instance runs. Nothing of it moves a result. */
export const operateSchema = z.strictObject({
  log_level: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('least level of what `run` logs'),
  telemetry_port: z
    .number()
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe('port of /metrics, /healthz and /readyz; 0: any that is free; left out: they are not served'),
  telemetry_host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('address they are served on; any but a loopback address lets others read them'),
  telemetry_connections_max: z
    .number()
    .int()
    .min(1)
    .max(65_535)
    .default(64)
    .describe('connections to that address at a time; one more is closed at once'),
  requests_max: z
    .number()
    .int()
    .min(1)
    .max(65_535)
    .default(32)
    .describe(
      'connections of commands that ask a running instance, and requests of theirs that are under way: one more ' +
        'connection is closed at once, one more request is answered `INSTANCE_BUSY`',
    ),
  answer_mib_max: z
    .number()
    .int()
    .min(1)
    .max(256)
    .default(256)
    .describe(
      'one answer to such a request, and what a query of a person gathers for it, MiB; a larger one is refused',
    ),
  events_left_out_max: z
    .number()
    .int()
    .min(1)
    .max(1_048_576)
    .default(256)
    .describe(
      'events that landed and that the store cannot take, over the life of the log: one more ends the start, for so many ' +
        'are no accident',
    ),
  log_bytes_max: z
    .number()
    .int()
    .min(65_536)
    .default(1_048_576)
    .describe('log that nobody has read yet from the standard error, bytes; more is left out, and told later'),
  store_memory_mib_max: z
    .number()
    .int()
    .min(256)
    .max(1_048_576)
    .default(512)
    .describe(
      'what the store keeps in memory of its file and of what it works on, MiB; the rest is read again, or spilled',
    ),
  store_spill_mib_max: z
    .number()
    .int()
    .min(64)
    .max(16_777_216)
    .default(8_192)
    .describe('disk that what does not fit into that memory may take, MiB; a query that needs more fails'),
});
