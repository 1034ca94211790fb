-- relation: episodes
-- inputs: episodes
-- parameters: ids (JSON array)
delete from episodes where id in (select unnest(from_json($ids, '["varchar"]')));
