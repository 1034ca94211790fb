-- relation: baseline_dispersions
-- inputs: learned_pieces, baseline_cells
-- parameters: residual_max, trim_mean, lag1_min, blocks_min
-- Blocks of consecutive windows of the detectors' size; residuals against the level of their hour. The mean of squared
-- residuals, trimmed at residual_max (trim_mean is what the trimming leaves of a chi-square of one degree), estimates
-- the dispersion; positive autocorrelation beyond lag1_min inflates it by (1 + a) / (1 - a).
insert into baseline_dispersions
with blocks as (
  select
    pieces.stream_id,
    pieces.local_day,
    pieces.block,
    sum(pieces.total - pieces.size * cells.raw order by hour_of_week)
    / sqrt(greatest(sum(pieces.size * cells.variance order by hour_of_week), 0.000000001)) as residual
  from learned_pieces as pieces
  inner join baseline_cells as cells using (stream_id, hour_of_week)
  group by pieces.stream_id, pieces.local_day, pieces.block
),
followed as (
  select
    stream_id,
    local_day,
    block,
    residual,
    lag(residual) over (partition by stream_id, local_day order by block) as previous
  from blocks
),
moments as (
  select
    stream_id,
    count(*) as blocks,
    avg(least(residual * residual, $residual_max * $residual_max) order by local_day, block) / $trim_mean as spread,
    coalesce(
      corr(
        least(greatest(residual, -$residual_max), $residual_max), least(greatest(previous, -$residual_max), $residual_max)
        order by local_day, block
      ),
      0
    ) as lag1
  from followed
  group by stream_id
),
freedom as (
  select stream_id, signal, segment, count(*) as cells
  from baseline_cells
  group by stream_id, signal, segment
),
own as (
  select
    freedom.signal,
    freedom.segment,
    moments.blocks,
    if(isfinite(moments.lag1), moments.lag1, 0) as lag1,
    greatest(1.0, moments.spread * moments.blocks / greatest(moments.blocks - freedom.cells, 1)) as spread
  from moments
  inner join freedom using (stream_id)
),
inflated as (
  select
    signal,
    segment,
    blocks,
    lag1,
    spread * if(lag1 > $lag1_min, (1 + least(lag1, 0.9)) / (1 - least(lag1, 0.9)), 1) as dispersion
  from own
)
select
  inflated.signal,
  inflated.segment,
  if(inflated.blocks >= $blocks_min, inflated.dispersion, greatest(inflated.dispersion, coalesce(whole.dispersion, inflated.dispersion))),
  inflated.lag1,
  inflated.blocks
from inflated
left join inflated as whole on whole.signal = inflated.signal and whole.segment = 'all';
