-- relation: stream_states
-- inputs: stream_states
-- parameters: frame
delete from stream_states
where frame < $frame and stream in (select stream from stream_states where frame = $frame);
