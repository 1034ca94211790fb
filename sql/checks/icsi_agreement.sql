-- relation: icsi_agreement
-- grain: one row
-- inputs: turn_times, judged_turns, calls, icsi_labels
-- parameters, ms: overlap_ms_min, backchannel_ms_max, yield_ms_max, resume_ms_min
-- columns: of the labelled utterances, how many Plumbline and the people called cut off or interrupted (both, only
--          Plumbline, only people), and backchannel; how many of those that people called abandoned are cut off; the
--          correlation, over meetings, of the two shares of each: a signal is a share
with compared as (
  select
    split_part(labels.call_id, '/', 1) as meeting,
    judged.is_cut_off,
    judged.is_backchannel as is_judged_backchannel,
    labels.is_interrupted,
    labels.is_abandoned,
    labels.is_backchannel as is_labelled_backchannel
  from judged_turns('turn_times', $overlap_ms_min, $backchannel_ms_max, $yield_ms_max, $resume_ms_min) as judged
  inner join calls using (call_key)
  inner join icsi_labels as labels
    on labels.call_id = calls.call_id
    and labels.start_ms = date_diff('millisecond', calls.initiated_at, judged.started_at)
    and labels.end_ms = date_diff('millisecond', calls.initiated_at, judged.ended_at)
  where not judged.is_agent and not labels.is_unlabelled
),
by_meeting as (
  select
    avg(is_cut_off::int) as cut_off,
    avg(is_interrupted::int) as interrupted,
    avg(is_judged_backchannel::int) as judged_backchannel,
    avg(is_labelled_backchannel::int) as labelled_backchannel
  from compared
  group by meeting
)
select
  count(*) as utterances,
  count(*) filter (is_interrupted) as interrupted,
  count(*) filter (is_abandoned) as abandoned,
  count(*) filter (is_labelled_backchannel) as backchannels,
  count(*) filter (is_cut_off and is_interrupted) as cut_off_both,
  count(*) filter (is_cut_off and not is_interrupted) as cut_off_judged_only,
  count(*) filter (not is_cut_off and is_interrupted) as cut_off_labelled_only,
  count(*) filter (is_cut_off and is_abandoned) as cut_off_abandoned,
  count(*) filter (is_judged_backchannel and is_labelled_backchannel) as backchannel_both,
  count(*) filter (is_judged_backchannel and not is_labelled_backchannel) as backchannel_judged_only,
  count(*) filter (not is_judged_backchannel and is_labelled_backchannel) as backchannel_labelled_only,
  (select corr(cut_off, interrupted) from by_meeting) as cut_off_correlation,
  (select corr(judged_backchannel, labelled_backchannel) from by_meeting) as backchannel_correlation,
  (select count(*) from by_meeting) as meetings
from compared;
