-- relation: stream_states
delete from stream_states;
