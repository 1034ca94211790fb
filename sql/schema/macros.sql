-- relation: macros
-- grain: none; names for codes, codes for names, and the hour of the week, 0 to 167, of a UTC timestamp where the clock is a zone's
-- inputs: variables set from the event contract when the store opens
create or replace temp macro type_code(name) as (list_position(getvariable('code_type'), name) - 1)::utinyint;
create or replace temp macro type_name(code) as getvariable('code_type')[code + 1];
create or replace temp macro party_code(name) as (list_position(getvariable('code_party'), name) - 1)::utinyint;
create or replace temp macro mark_bit(name) as (1 << (list_position(getvariable('text_marks'), name) - 1))::smallint;
create or replace temp macro steps_since(reported_ms, from_at, to_at) as round(log10(nullif(reported_ms, 0) * 1000.0 / nullif(greatest(epoch_us(to_at) - epoch_us(from_at), 0), 0)) / 3)::integer;
create or replace temp macro unit_steps(reported_ms, from_at, answered_at, to_at) as coalesce(if(abs(steps_since(reported_ms, answered_at, to_at)) < coalesce(abs(steps_since(reported_ms, from_at, to_at)), 1000), steps_since(reported_ms, answered_at, to_at), steps_since(reported_ms, from_at, to_at)), 0);
create or replace temp macro hour_of_week(instant, time_zone) as (isodow(timezone(time_zone, timezone('UTC', instant))) - 1) * 24 + hour(timezone(time_zone, timezone('UTC', instant)));
