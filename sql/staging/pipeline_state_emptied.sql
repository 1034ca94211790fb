-- relation: pipeline_state
delete from pipeline_state;
