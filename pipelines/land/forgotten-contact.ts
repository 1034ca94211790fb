/** A person who is to be forgotten. */
export interface ForgottenContact {
  /** E.164. */
  readonly callee: string;
  /** Low and high 32 bits of the token, and of the random value that takes its place. */
  readonly token: Uint32Array;
  readonly stand_in: Uint32Array;
}
