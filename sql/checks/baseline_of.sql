-- relation: baseline_of
-- grain: one row
-- inputs: baselines, mix_baselines, baseline_versions
-- parameters: version, signal, relationship, segment, at_us, time_zone, inheriting
-- columns: the level expected of a signal at that hour of the week, nulls where there is none, and what it rests on; parts of
--          a mix, with commas between. Segments that match `inheriting` have the level of everything while their own
--          rests on too little.
with levels as (
  select segment, level, standard_error, dispersion, n_effective
  from baselines
  where version = $version
    and signal = $signal
    and segment in ($segment, 'all')
    and hour_of_week = hour_of_week(make_timestamp($at_us), $time_zone)
  order by
    segment = $segment and (is_sufficient or not regexp_matches($segment, $inheriting)) desc,
    segment = 'all' desc
  limit 1
)
select
  epoch_us(versions.history_from) as history_from_us,
  epoch_us(versions.history_to) as history_to_us,
  levels.segment as level_segment,
  levels.level,
  levels.standard_error,
  levels.dispersion,
  levels.n_effective,
  (
    select string_agg(part, ',' order by part)
    from mix_baselines
    where version = $version and relationship = $relationship and segment = $segment
  ) as parts
from baseline_versions as versions
left join levels on true
where versions.version = $version;
