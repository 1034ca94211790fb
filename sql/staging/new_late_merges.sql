-- relation: new_late_merges
-- inputs: late_events, finished_calls, late_merges
-- parameters: watermark_us, maturity_us, memory_us, call_open_us
-- A late event of a lower rank fills in its call once every window of that call has closed: the first revision is what
-- the detectors saw, whatever the batches were. What comes late for a call that is not known stays in late_events. Of calls with one
-- id it is the first that is still known then, as of an event that is not late, and none that began after it by more than a
-- call may last: its own may never have been known, or have left.
insert into new_late_merges
select late.seq, late.call_key, date_trunc('minute', calls.ended_at)
from late_events as late
inner join finished_calls as calls using (call_key)
anti join late_merges on late_merges.seq = late.seq
where late.type in ('call.ringing', 'call.answered', 'call.amd')
  and calls.ended_at >= late.event_time - to_microseconds($memory_us)
  and calls.initiated_at <= late.event_time + to_microseconds($call_open_us)
  and date_trunc('minute', calls.ended_at) + interval 1 minute + to_microseconds($maturity_us) <= make_timestamp($watermark_us)
qualify row_number() over (partition by late.seq order by calls.ended_at) = 1;
