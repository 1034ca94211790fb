/** Runs work that tidies up after a failure: that failure is told, and whatever is still there goes with the next attempt. */
export function silently(work: () => void): void {
  try {
    work();
  } catch {
    // What is in the way has been told.
  }
}
