-- relation: attributions
-- grain: one row per episode of a signal
-- inputs: episodes, observations, baseline_pieces, baselines
-- columns: attribution: JSON, where its excess came from, as far as that was known when it was detected
create table if not exists attributions (episode_id varchar not null, attribution varchar not null);
