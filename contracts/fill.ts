/** How full something is that is bounded: `filled` of `max`, in the unit of its bound. */
export interface Fill {
  /** In snake_case, a name of ours: it becomes a label of the telemetry. */
  readonly queue: string;
  readonly filled: number;
  readonly max: number;
}
