-- relation: mix_baselines
-- inputs: relationship_pieces, baselines
-- parameters: from_us, to_us, leave_out_episodes, version, relationship, parts, rest, window_calls_min, residual_max, trim_mean, lag1_min
-- As baseline_dispersions, in windows as long as those of the relationship: calls that fare alike tell on a part the more,
-- the more of them a window has. parts: names of signals, with commas between.
insert into mix_baselines
with counted as (
  select
    pieces.segment,
    pieces.signal as part,
    pieces.local_day,
    pieces.window_start as bucket,
    pieces.hour_of_week,
    pieces.n,
    pieces.total,
    baselines.level
  from relationship_pieces as pieces
  inner join baselines
    on baselines.version = $version
    and baselines.signal = pieces.signal
    and baselines.segment = pieces.segment
    and baselines.hour_of_week = pieces.hour_of_week
  where pieces.relationship = $relationship
    and list_contains(string_split($parts, ','), pieces.signal)
    and pieces.window_start >= make_timestamp($from_us)
    and pieces.window_start < make_timestamp($to_us)
    and pieces.local_day not in (select local_day from exceptional_days)
    -- A relationship learns nothing from the time of its own episodes.
    and not exists (
      select 1
      from episodes
      where $leave_out_episodes
        and episodes.relationship = $relationship
        and episodes.segment = pieces.segment
        and pieces.window_start >= episodes.began_at
        and (episodes.closed_at is null or pieces.window_start < episodes.closed_at)
    )
),
whole as (
  select
    segment,
    local_day,
    bucket,
    hour_of_week,
    any_value(n) as n,
    any_value(n) - sum(total) as left_over,
    1 - sum(level order by part) as level
  from counted
  group by segment, local_day, bucket, hour_of_week
  having count(*) = len(string_split($parts, ','))
    and min(n) = max(n)
    and sum(total) <= min(n)
),
divided as (
  select counted.segment, part, local_day, bucket, hour_of_week, n, total, level
  from counted
  semi join whole using (segment, local_day, bucket, hour_of_week)
  union all
  select segment, $rest as part, local_day, bucket, hour_of_week, n, left_over as total, clamp_level('proportion', level) as level
  from whole
),
windows as (
  select
    segment,
    part,
    local_day,
    bucket,
    (sum(total) - sum(n * level order by hour_of_week))
    / sqrt(sum(n * level_variance('proportion', level, 0) order by hour_of_week)) as residual
  from divided
  group by segment, part, local_day, bucket
  having sum(n) >= $window_calls_min
),
followed as (
  select
    *,
    lag(residual) over (partition by segment, part, local_day order by bucket) as previous
  from windows
),
moments as (
  select
    segment,
    part,
    count(*) as windows,
    avg(least(residual * residual, $residual_max * $residual_max) order by local_day, bucket) / $trim_mean as spread,
    coalesce(
      corr(
        least(greatest(residual, -$residual_max), $residual_max), least(greatest(previous, -$residual_max), $residual_max)
        order by local_day, bucket
      ),
      0
    ) as lag1
  from followed
  group by segment, part
)
select
  $version,
  $relationship,
  segment,
  part,
  windows,
  greatest(1.0, spread * if(isfinite(lag1) and lag1 > $lag1_min, (1 + least(lag1, 0.9)) / (1 - least(lag1, 0.9)), 1))
from moments
order by segment, part;
