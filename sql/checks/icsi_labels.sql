-- relation: icsi_labels
-- grain: one row per utterance, of which people have said what it does
-- inputs: dialogue act files of the ICSI Meeting Recorder corpus
-- parameters: file
-- columns: start and end in ms from the start of the meeting; tags as in the corpus: %- interrupted, %-- abandoned,
--          b backchannel, z not labelled
create or replace temp table icsi_labels as
select
  split_part(utterance_id, '-', 1) || '/' || speaker as call_id,
  (1000 * start_s)::bigint as start_ms,
  (1000 * end_s)::bigint as end_ms,
  list_contains(tags, '%-') as is_interrupted,
  list_contains(tags, '%--') as is_abandoned,
  list_contains(tags, 'b') as is_backchannel,
  list_contains(tags, 'z') as is_unlabelled
from (
  select *, regexp_split_to_array(act, '[\^.|:]') as tags
  from read_csv(
    $file,
    header = false,
    delim = ',',
    quote = '',
    escape = '',
    columns = {
      start_s: 'decimal(9, 3)', end_s: 'decimal(9, 3)', utterance_id: 'varchar', flag: 'varchar', words: 'varchar',
      act: 'varchar', meeting_channel: 'varchar', speaker: 'varchar', original_act: 'varchar', adjacency: 'varchar',
      original_adjacency: 'varchar', note_1: 'varchar', note_2: 'varchar', note_3: 'varchar'
    }
  )
);
