-- relation: due_acknowledgements
-- grain: one row per acknowledgement of a span of event time, in the order in which the policy takes them
-- inputs: acknowledgements
-- parameters: after_us, after_seq, until_us, rows_max; those after (after_us, after_seq) and before until_us
select directive_id, status, epoch_us(happened_at) as at_us, seq
from acknowledgements
where
  happened_at >= make_timestamp($after_us)
  and (happened_at > make_timestamp($after_us) or seq > $after_seq)
  and happened_at < make_timestamp($until_us)
order by happened_at, seq
limit $rows_max;
