-- relation: dictionary_words
-- grain: one row
-- inputs: dictionary_values
-- columns: the words of each dictionary column as a list, in the order of their ids
create or replace view dictionary_words as
select
  list(value order by id) filter (where column_name = 'source') as source,
  list(value order by id) filter (where column_name = 'campaign') as campaign,
  list(value order by id) filter (where column_name = 'number_pool') as number_pool,
  list(value order by id) filter (where column_name = 'caller_id') as caller_id,
  list(value order by id) filter (where column_name = 'region') as region,
  list(value order by id) filter (where column_name = 'channel') as channel,
  list(value order by id) filter (where column_name = 'agent_id') as agent_id,
  list(value order by id) filter (where column_name = 'agent_role') as agent_role,
  list(value order by id) filter (where column_name = 'agent_version') as agent_version,
  list(value order by id) filter (where column_name = 'provider') as provider,
  list(value order by id) filter (where column_name = 'amd_provider') as amd_provider,
  list(value order by id) filter (where column_name = 'from_role') as from_role,
  list(value order by id) filter (where column_name = 'to_role') as to_role,
  list(value order by id) filter (where column_name = 'to_agent_id') as to_agent_id,
  list(value order by id) filter (where column_name = 'currency') as currency,
  list(value order by id) filter (where column_name = 'language') as language,
  list(value order by id) filter (where column_name = 'text_reader') as text_reader,
  list(value order by id) filter (where column_name = 'authority') as authority
from dictionary_values;
