-- relation: unwatched_streams
delete from unwatched_streams;
