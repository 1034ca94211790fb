export interface Discoveries {
  /** Positions of what is told, the strongest evidence first; equal evidence in the order in which it came. */
  readonly told: readonly number[];
  /** Log evidence from which on something is told; null where nothing is. */
  readonly log_threshold: number | null;
}

/**
 * Which of many questions, asked at once, have an answer: the e-BH procedure (Wang and Ramdas 2022, JRSSB 84). With e-values
 * (mean at most 1 where nothing has changed) sorted E_(1) >= ... >= E_(K):
 *
 *     k* = max { k : E_(k) >= K / (share k) },   the first k* are told
 *
 * Of what is told, a share of at most `share` is wrong on average, whatever the questions have to do with each other:
 * segments that share calls and signals that share causes are no exception. No evidence is lost to that, as it would be
 * with chances. `share` in (0, 1]; evidence as natural logarithms. O(K log K).
 */
export function eBenjaminiHochberg(log_evidence: readonly number[], share: number): Discoveries {
  const order = log_evidence.map((_, at) => at);
  order.sort((left, right) => log_evidence[right]! - log_evidence[left]! || left - right);
  let count = 0;
  const bound = (rank: number) => Math.log(order.length / (share * rank));
  for (const [at, position] of order.entries()) if (log_evidence[position]! >= bound(at + 1)) count = at + 1;
  return { told: order.slice(0, count), log_threshold: count === 0 ? null : bound(count) };
}
