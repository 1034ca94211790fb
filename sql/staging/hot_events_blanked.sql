-- relation: hot_events
-- inputs: hot_events
-- parameters: token, stand_in
update hot_events
set contact_token = $stand_in::ubigint
where contact_token = $token::ubigint;
