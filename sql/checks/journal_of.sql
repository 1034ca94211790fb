-- relation: journal_of
-- grain: one row per entry of the journal about an episode or a directive
-- inputs: journal
-- parameters: episode_id, directive_id
select ordinal, epoch_us(happened_at) as at_us, kind, subject, body, hash
from journal
where subject in ($episode_id, $directive_id)
order by ordinal;
