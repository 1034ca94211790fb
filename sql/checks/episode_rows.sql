-- relation: episode_rows
-- grain: one row per episode, oldest detection first
-- inputs: episodes, signals
select
  episodes.* exclude (began_at, detected_at, closed_at, log_evidence, log_threshold),
  epoch_us(episodes.began_at) as began_us,
  epoch_us(episodes.detected_at) as detected_us,
  epoch_us(episodes.closed_at) as closed_us,
  signals.unit,
  signals.scale
from episodes
left join signals on signals.signal = episodes.signal
order by episodes.detected_at, episodes.id;
