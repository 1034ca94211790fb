-- relation: judged_turns
-- grain: one row per turn of the relation named
-- inputs: the relation named: at least call_key, turn_key, is_agent, started_at, ended_at, first_seq
-- parameters, ms: overlap_ms_min, backchannel_ms_max, yield_ms_max, resume_ms_min
-- columns: those of the relation, and the judgement; overlap_ms is how long the other side went on after this turn began,
--          null when it was silent; nothing is said of a turn without a start and an end
--
-- A turn that starts while the other side is talking (or at the same instant) is a barge-in. The callee's is a backchannel
-- ("mm-hm") instead when it is short, the agent goes on, and the callee says nothing right before or after. An agent that
-- falls in and falls silent has interrupted: that it meant a backchannel is for a turn.interrupted event to say.
-- A turn is cut off when the other side starts while it runs and outlasts it, it ends soon after that start, and its own
-- side does not take up again at once; a backchannel is not cut off.
create or replace temp macro judged_turns(relation, overlap_ms_min, backchannel_ms_max, yield_ms_max, resume_ms_min) as table
  with placed as (
    select
      *,
      coalesce(ended_at >= started_at, false) as is_timed,
      coalesce(started_at, timestamp 'epoch') as from_at,
      coalesce(ended_at, timestamp 'epoch') as to_at
    from query_table(relation)
  ),
  against as (
    select
      *,
      case
        when is_agent then max(to_at) filter (not is_agent) over before
        else max(to_at) filter (is_agent) over before
      end as other_until,
      -- Of the other side's turns that start while this one runs, the one that lasts longest.
      case
        when is_agent then max(to_at) filter (not is_agent) over meanwhile
        else max(to_at) filter (is_agent) over meanwhile
      end as next_other_until,
      case
        when is_agent then arg_max(from_at, to_at) filter (not is_agent) over meanwhile
        else arg_max(from_at, to_at) filter (is_agent) over meanwhile
      end as next_other_at,
      lag(to_at) over own as own_until,
      lead(from_at) over own as next_own_at
    from placed
    window
      before as (partition by call_key, is_timed order by from_at range between unbounded preceding and current row),
      meanwhile as (
        partition by call_key, is_timed
        order by from_at
        range between current row and greatest(to_at - from_at - to_milliseconds(overlap_ms_min), interval 0 seconds) following
      ),
      own as (partition by call_key, is_timed, is_agent order by from_at, first_seq)
  ),
  measured as (
    select
      *,
      if(
        is_timed and other_until > from_at + to_milliseconds(overlap_ms_min), date_diff('millisecond', from_at, other_until), null
      ) as overlap_ms,
      coalesce(own_until + to_milliseconds(resume_ms_min) > from_at, false) as is_continued_from,
      coalesce(next_own_at < to_at + to_milliseconds(resume_ms_min), false) as is_continued
    from against
  ),
  weighed as (
    select
      *,
      not is_agent
        and overlap_ms is not null
        and to_at < other_until
        and to_at <= from_at + to_milliseconds(backchannel_ms_max)
        and not is_continued_from
        and not is_continued
        as is_backchannel
    from measured
  )
  select
    * exclude (is_timed, from_at, to_at, other_until, next_other_until, next_other_at, own_until, next_own_at, is_continued_from, is_continued),
    overlap_ms is not null and not is_backchannel as is_interruption,
    is_timed
      and coalesce(
        next_other_until > to_at
        and to_at > next_other_at + to_milliseconds(overlap_ms_min)
        and to_at <= next_other_at + to_milliseconds(yield_ms_max),
        false
      )
      and not is_continued
      and not is_backchannel
      as is_cut_off
  from weighed;
