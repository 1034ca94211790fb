-- relation: pipeline_state
-- grain: one row
-- inputs: pipeline_state
select frame, epoch_us(watermark) as watermark_us, conservation, state
from pipeline_state;
