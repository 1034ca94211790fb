-- relation: baselines
-- inputs: baseline_cells, baseline_dispersions
-- parameters: version, evidence_min, has_history, kappa_max
-- Empirical Bayes: an hour of the week of the whole fleet is drawn towards its daypart (same hour, weekdays or weekend)
-- moved by how its day of the week differs;
-- an hour of a segment is drawn towards the segment's own level moved by the fleet's shape. The strength is the moment
-- estimate of how far hours really differ (Kleinman 1973), and never more than what the prior itself rests on.
insert into baselines
with cells as (
  select
    cells.*,
    dispersions.dispersion,
    cells.hour_of_week % 24 as hour_of_day,
    cells.hour_of_week >= 120 as is_weekend
  from baseline_cells as cells
  inner join baseline_dispersions as dispersions using (signal, segment)
),
dayparts as (
  select signal, hour_of_day, is_weekend, sum(total) as total, sum(size order by hour_of_week) as size
  from cells
  where segment = 'all'
  group by signal, hour_of_day, is_weekend
),
-- How a day of the week differs from its daypart's mean at the same hours.
days as (
  select
    cells.signal,
    cells.hour_of_week // 24 as day_of_week,
    link(any_value(cells.kind), clamp_level(any_value(cells.kind), sum(cells.total) / sum(cells.size order by cells.hour_of_week)))
    - link(any_value(cells.kind), clamp_level(
      any_value(cells.kind),
      sum(cells.size * dayparts.total / dayparts.size order by cells.hour_of_week) / sum(cells.size order by cells.hour_of_week)
    )) as shift,
    sum(cells.size order by cells.hour_of_week) as size
  from cells
  inner join dayparts using (signal, hour_of_day, is_weekend)
  where cells.segment = 'all'
  group by cells.signal, cells.hour_of_week // 24
),
whole_prior as (
  select
    cells.*,
    clamp_level(
      cells.kind,
      unlink(cells.kind, link(cells.kind, clamp_level(cells.kind, dayparts.total / dayparts.size)) + days.shift)
    ) as prior,
    1 / (cells.dispersion / dayparts.size + cells.dispersion / days.size) as prior_size
  from cells
  inner join dayparts using (signal, hour_of_day, is_weekend)
  inner join days on days.signal = cells.signal and days.day_of_week = cells.hour_of_week // 24
  where cells.segment = 'all'
),
whole_strength as (
  select
    signal,
    greatest(
      0,
      sum(size * pow(raw - prior, 2) / level_variance(kind, prior, variance) order by hour_of_week)
      - any_value(dispersion) * count(*)
    ) / sum(size order by hour_of_week) as between
  from whole_prior
  group by signal
),
whole as (
  select
    whole_prior.*,
    least($kappa_max, 1 / (whole_strength.between + 1 / greatest(prior_size, 1e-9))) as kappa
  from whole_prior
  inner join whole_strength using (signal)
),
whole_levels as (
  select
    signal, segment, hour_of_week, kind, variance, dispersion, size, n,
    clamp_level(kind, (total / dispersion + kappa * prior) / (size / dispersion + kappa)) as level,
    size / dispersion + kappa as n_effective
  from whole
),
-- Offset of a segment against the fleet, given its own mix of hours.
offsets as (
  select
    cells.signal,
    cells.segment,
    link(any_value(cells.kind), clamp_level(any_value(cells.kind), sum(cells.total) / sum(cells.size order by cells.hour_of_week)))
    - link(any_value(cells.kind), clamp_level(
      any_value(cells.kind),
      sum(cells.size * whole_levels.level order by cells.hour_of_week) / sum(cells.size order by cells.hour_of_week)
    )) as shift,
    sum(cells.size order by cells.hour_of_week) / any_value(cells.dispersion) as size
  from cells
  inner join whole_levels on whole_levels.signal = cells.signal and whole_levels.hour_of_week = cells.hour_of_week
  where cells.segment <> 'all'
  group by cells.signal, cells.segment
),
segment_prior as (
  select
    cells.*,
    clamp_level(cells.kind, unlink(cells.kind, link(cells.kind, whole_levels.level) + offsets.shift)) as prior,
    1 / whole_levels.n_effective + 1 / offsets.size as prior_uncertainty
  from cells
  inner join whole_levels on whole_levels.signal = cells.signal and whole_levels.hour_of_week = cells.hour_of_week
  inner join offsets on offsets.signal = cells.signal and offsets.segment = cells.segment
  where cells.segment <> 'all'
),
segment_strength as (
  select
    signal,
    segment,
    greatest(
      0,
      sum(size * pow(raw - prior, 2) / level_variance(kind, prior, variance) order by hour_of_week)
      - any_value(dispersion) * count(*)
    ) / sum(size order by hour_of_week) as between
  from segment_prior
  group by signal, segment
),
segment_levels as (
  select
    signal, segment, hour_of_week, kind, variance, dispersion, size, n,
    clamp_level(kind, (total / dispersion + kappa * prior) / (size / dispersion + kappa)) as level,
    size / dispersion + kappa as n_effective
  from (
    select
      segment_prior.*,
      least($kappa_max, 1 / (segment_strength.between + segment_prior.prior_uncertainty)) as kappa
    from segment_prior
    inner join segment_strength using (signal, segment)
  )
),
levels as (
  select * from whole_levels
  union all
  select * from segment_levels
),
judged as (
  select
    *,
    level_variance(kind, level, variance) as level_spread,
    case kind
      when 'proportion' then n_effective * level * (1 - level)
      when 'rate' then n_effective * level
      else n_effective
    end as evidence
  from levels
)
select
  $version,
  signal,
  segment,
  hour_of_week,
  level,
  sqrt(level_spread / n_effective),
  if(kind = 'mean', sqrt(variance), 0),
  dispersion,
  size,
  n_effective,
  evidence,
  $has_history and evidence >= $evidence_min
from judged
order by signal, segment, hour_of_week;
