import { createHash } from 'node:crypto';
import type { DigestReport } from '../../contracts/reports.js';
import type { Store } from '../store.js';

/**
 * Relations that follow from the log alone. Left out: `contacts` (its tokens are keyed with the store's own secret, and
 * forgetting replaces them), `hot_events` (has tokens too; `open_call_events` stands for it, in which a wrong token shows
 * as another contact), `rejected` (bytes are sealed under it; `rejected_facts` stands for it), `pipeline_state`, `stream_states` and
 * `piece_days` (how far this store has come and how it was cut into batches).
 */
const RELATIONS = [
  'acknowledgements',
  'action_events',
  'attempts',
  'attributions',
  'baseline_pieces',
  'baseline_versions',
  'baselines',
  'calls',
  'deliveries',
  'dictionary_values',
  'directives',
  'episodes',
  'expired_counts',
  'grounds',
  'journal',
  'known_segments',
  'late_events',
  'late_merges',
  'message_events',
  'mix_baselines',
  'number_reputations',
  'observations',
  'open_call_events',
  'outcomes',
  'rejected_facts',
  'relationship_baselines',
  'relationship_pieces',
  'signals',
  'stray_events',
  'turns',
  'unit_suspects',
  'unwatched_streams',
  'verdicts',
] as const;

/** Canonical digests of the derived relations: equal for equal logs, whatever the order of rows or the batches. */
export async function digestOf(store: Store): Promise<DigestReport> {
  const relations: DigestReport['relations'] = [];
  for (const relation of RELATIONS) {
    await store.setVariable('digested_relation', relation);
    const row = (await store.rows('checks/relation_digest'))[0]!;
    relations.push({ relation, rows: row.rows as number, digest: String(row.digest) });
  }
  const whole = createHash('sha256').update(
    relations.map(({ relation, rows, digest }) => `${relation} ${rows} ${digest}`).join('\n'),
  );
  return { relations, digest: whole.digest('hex') };
}
