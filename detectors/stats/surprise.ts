/**
 * How much a part's share of the whole differs from the share that was expected: its term of the Jensen-Shannon
 * divergence, in nats (Bhagwan et al. 2014, NSDI, "Adtributor"). With p the expected and q the observed share:
 *
 *     S = [p ln(2p / (p + q)) + q ln(2q / (p + q))] / 2
 *
 * Over all parts it sums to the divergence, at most ln 2. Where all parts have moved by the same factor nothing is
 * surprising. Shares lie in [0, 1]; 0 ln 0 is 0.
 */
export function surprise(expected_share: number, observed_share: number): number {
  const both = expected_share + observed_share;
  return (part(expected_share, both) + part(observed_share, both)) / 2;
}

function part(share: number, both: number): number {
  return share > 0 ? share * Math.log((2 * share) / both) : 0;
}
