-- relation: relationship_baselines
-- inputs: relationship_pieces, baselines, signals
-- parameters: from_us, to_us, leave_out_episodes, version, relationship, x, y, window_calls_min, residual_max
-- Correlation of the two signals' Pearson residuals over windows long enough to carry it. Residuals beyond
-- residual_max standard deviations are drawn in, as the detector does.
insert into relationship_baselines
with sides as (
  select
    pieces.segment,
    pieces.signal,
    pieces.window_start as bucket,
    pieces.local_day,
    sum(pieces.n) as n,
    sum(pieces.total) as total,
    sum(if(signals.kind = 'rate', pieces.exposure_ms / 60000.0, pieces.n) order by pieces.hour_of_week) as size,
    sum(if(signals.kind = 'rate', pieces.exposure_ms / 60000.0, pieces.n) * baselines.level order by pieces.hour_of_week) as expected,
    sum(
      if(signals.kind = 'rate', pieces.exposure_ms / 60000.0, pieces.n)
      * level_variance(signals.kind, baselines.level, baselines.value_sd * baselines.value_sd)
      order by pieces.hour_of_week
    ) as spread
  from relationship_pieces as pieces
  inner join signals using (signal)
  inner join baselines
    on baselines.version = $version
    and baselines.signal = pieces.signal
    and baselines.segment = pieces.segment
    and baselines.hour_of_week = pieces.hour_of_week
  where pieces.relationship = $relationship
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
  group by pieces.segment, pieces.signal, pieces.window_start, pieces.local_day
),
residuals as (
  select segment, signal, bucket, local_day, size, (total - expected) / sqrt(spread) as residual
  from sides
  where n >= $window_calls_min and spread > 0
),
paired as (
  select
    x_side.segment,
    x_side.bucket,
    x_side.local_day,
    x_side.residual as x,
    y_side.residual as y,
    x_side.size as x_size,
    y_side.size as y_size
  from residuals as x_side
  inner join residuals as y_side using (segment, bucket)
  where x_side.signal = $x and y_side.signal = $y
),
scales as (
  select segment, stddev_samp(x order by bucket) as x_sd, stddev_samp(y order by bucket) as y_sd
  from paired
  group by segment
  having count(*) >= 3
),
drawn_in as (
  select
    paired.segment,
    paired.bucket,
    paired.local_day,
    scales.x_sd,
    scales.y_sd,
    paired.x_size,
    paired.y_size,
    least(greatest(paired.x / scales.x_sd, -$residual_max), $residual_max) as x,
    least(greatest(paired.y / scales.y_sd, -$residual_max), $residual_max) as y
  from paired
  inner join scales using (segment)
  where scales.x_sd > 0 and scales.y_sd > 0
),
followed as (
  select *, lag(x * y) over (partition by segment, local_day order by bucket) as previous
  from drawn_in
)
select
  $version,
  $relationship,
  segment,
  corr(x, y order by bucket),
  any_value(x_sd),
  any_value(y_sd),
  count(*),
  coalesce(corr(x * y, previous order by bucket), 0),
  avg(x_size order by bucket),
  avg(y_size order by bucket),
  avg(sqrt(x_size * y_size) order by bucket),
  null
from followed
group by segment
having count(*) >= 3 and isfinite(corr(x, y order by bucket));
