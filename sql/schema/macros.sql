-- relation: macros
-- grain: none; names for codes, and codes for names
-- inputs: variables set from the event contract when the store opens
create or replace temp macro type_code(name) as (list_position(getvariable('code_type'), name) - 1)::utinyint;
create or replace temp macro type_name(code) as getvariable('code_type')[code + 1];
create or replace temp macro party_code(name) as (list_position(getvariable('code_party'), name) - 1)::utinyint;
create or replace temp macro mark_bit(name) as (1 << (list_position(getvariable('text_marks'), name) - 1))::smallint;
