-- relation: contacts
-- inputs: contacts
-- parameters: token, stand_in
update contacts
set contact_token = $stand_in::ubigint
where contact_token = $token::ubigint;
