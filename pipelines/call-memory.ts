/** For so long after a call has ended an event of its id is known to be of that call, microseconds; later it is of another. */
export const CALL_MEMORY_US = 2 * 86_400_000_000;
