-- relation: turn_times
-- grain: one row per turn of a finished call
-- inputs: turns
-- columns: what judged_turns needs, so that turns can be judged anew by other limits
create or replace temp view turn_times as
select call_key, turn_key, party = 'agent' as is_agent, started_at, ended_at, first_seq
from turns;
