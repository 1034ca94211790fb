-- relation: relationship_baselines
-- inputs: relationship_pieces, signals
-- parameters: from_us, to_us, leave_out_episodes, version, relationship, x, y, both, window_calls_min
-- Common odds ratio of two outcomes of the same calls over the windows of the history (Mantel and Haenszel 1959), so that
-- shares which move from window to window do not enter, with its standard error (Robins, Breslow, Greenland 1986). Kept as
-- Yule's Y, whose Fisher's z is a quarter of the log odds ratio. Windows whose three signals do not count the same calls
-- are passed over, as the detector does.
insert into relationship_baselines
with counted as (
  select
    pieces.segment,
    pieces.window_start,
    sum(pieces.n) filter (pieces.signal = $x) as n,
    sum(pieces.n) filter (pieces.signal = $y) as y_n,
    sum(pieces.n) filter (pieces.signal = $both) as both_n,
    sum(pieces.total) filter (pieces.signal = $x) as x_total,
    sum(pieces.total) filter (pieces.signal = $y) as y_total,
    sum(pieces.total) filter (pieces.signal = $both) as both_total
  from relationship_pieces as pieces
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
  group by pieces.segment, pieces.window_start
),
tables as (
  select
    segment,
    window_start,
    n::double as n,
    both_total::double as a,
    (x_total - both_total)::double as b,
    (y_total - both_total)::double as c,
    (n - x_total - y_total + both_total)::double as d
  from counted
  where n = y_n and n = both_n and n >= $window_calls_min
),
parts as (
  select
    segment,
    window_start,
    n,
    a * d / n as r,
    b * c / n as s,
    (a + d) / n as p,
    (b + c) / n as q
  from tables
  where a >= 0 and b >= 0 and c >= 0 and d >= 0
),
sums as (
  select
    segment,
    count(*) as windows,
    avg(n order by window_start) as size,
    -- Ordered: sums of fractions follow the order of rows.
    sum(r order by window_start) as r,
    sum(s order by window_start) as s,
    sum(p * r order by window_start) as pr,
    sum(p * s + q * r order by window_start) as mixed,
    sum(q * s order by window_start) as qs
  from parts
  group by segment
),
estimates as (
  select
    *,
    ln(r / s) / 4 as z,
    sqrt(pr / (2 * r * r) + mixed / (2 * r * s) + qs / (2 * s * s)) / 4 as standard_error
  from sums
  where r > 0 and s > 0
)
select
  $version,
  $relationship,
  segment,
  (exp(2 * z) - 1) / (exp(2 * z) + 1),
  1,
  1,
  windows,
  0,
  size,
  size,
  size,
  standard_error
from estimates;
