-- relation: stream_states
-- parameters: streams (JSON array)
delete from stream_states where stream in (select unnest(from_json($streams, '["varchar"]')));
