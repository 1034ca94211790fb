-- relation: baseline_history
-- inputs: latest_observations, excluded_spans, exceptional_days, local_hours, segment_zones, signals
-- parameters: from_us, to_us, as_of_us, time_zone, leave_out_episodes
-- Windows that closed only after the refresh are not known yet, whatever the store already holds.
insert into baseline_history
with spans as (
  select signal, segment, from_at, coalesce(to_at, make_timestamp($as_of_us)) as to_at
  from excluded_spans
  where reason <> 'episode' or $leave_out_episodes
),
windows as (
  select
    latest.*,
    signals.kind,
    coalesce(segment_zones.time_zone, $time_zone) as time_zone
  from latest_observations as latest
  inner join signals using (signal)
  left join segment_zones using (segment)
  where latest.window_start >= make_timestamp($from_us)
    and latest.window_start < make_timestamp($to_us)
    and latest.closed_at <= make_timestamp($as_of_us)
)
select
  windows.signal,
  windows.segment,
  windows.window_start,
  local_hours.hour_of_week,
  local_hours.local_day,
  windows.n,
  windows.total,
  if(windows.kind = 'rate', windows.exposure_ms / 60000.0, windows.n),
  windows.total_squares
from windows
inner join local_hours
  on local_hours.time_zone = windows.time_zone
  and local_hours.quarter_start = time_bucket(interval 15 minute, windows.window_start)
where local_hours.local_day not in (select local_day from exceptional_days)
  and not exists (
    select 1
    from spans
    where spans.segment = windows.segment
      and (spans.signal is null or spans.signal = windows.signal)
      and windows.window_start >= spans.from_at
      and windows.window_start < spans.to_at
  );
