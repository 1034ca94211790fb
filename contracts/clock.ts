/** The one way in for wall-clock time. Event time never comes from here. */
export interface Clock {
  /** Microseconds since 1970, UTC. */
  nowUs(): number;
}

export const systemClock: Clock = { nowUs: () => Date.now() * 1000 };
