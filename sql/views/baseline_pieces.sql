-- relation: baseline_pieces
-- grain: as stream_pieces, by signal and segment
-- inputs: stream_pieces, streams
create or replace view baseline_pieces as
select streams.signal, streams.segment, pieces.* exclude (stream_id)
from stream_pieces as pieces
inner join streams using (stream_id);
