-- relation: known_segments
-- inputs: grouped_observations, signals
insert into known_segments
select grouped.signal, grouped.segment, min(grouped.window_start), max(grouped.window_start)
from grouped_observations as grouped
inner join signals using (signal)
anti join known_segments on known_segments.signal = grouped.signal and known_segments.segment = grouped.segment
where signals.is_dense
group by grouped.signal, grouped.segment
order by grouped.signal, grouped.segment;
