-- relation: store_signals
-- grain: one row per watched signal with a sufficient baseline
-- inputs: baseline_versions, baselines, observations, signals
-- columns: as the newest version has them: level, value_sd and dispersion of the stream in the middle, in the natural
--          scale of the signal; units a week of that stream, and of all; units_per_week of everything watched
with newest as (
  select version, history_from, history_to, units_per_week
  from baseline_versions
  order by as_of desc, rowid desc
  limit 1
),

levels as (
  select
    baselines.signal,
    baselines.segment,
    median(baselines.level) as level,
    median(baselines.value_sd) as value_sd,
    median(baselines.dispersion) as dispersion
  from baselines
  inner join newest using (version)
  where baselines.is_sufficient
  group by baselines.signal, baselines.segment
),

volumes as (
  select
    observations.signal,
    observations.segment,
    sum(observations.n)::double / date_diff('hour', any_value(newest.history_from), any_value(newest.history_to))
    * 168 as units_per_week
  from observations
  cross join newest
  where
    observations.revision = 0
    and observations.window_start >= newest.history_from
    and observations.window_start < newest.history_to
  group by observations.signal, observations.segment
)

select
  signals.signal,
  signals.kind,
  signals.harmful,
  count(*) as streams,
  median(levels.level) as level,
  median(levels.value_sd) as value_sd,
  median(levels.dispersion) as dispersion,
  median(volumes.units_per_week) as stream_units_per_week,
  any_value(newest.units_per_week) as units_per_week
from levels
inner join volumes using (signal, segment)
inner join signals using (signal)
cross join newest
where signals.is_watched
group by signals.signal, signals.kind, signals.harmful
order by signals.signal;
