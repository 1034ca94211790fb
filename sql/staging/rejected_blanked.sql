-- relation: rejected
-- inputs: rejected
-- parameters: content_hash
update rejected
set sealed_bytes = null
where content_hash = $content_hash;
