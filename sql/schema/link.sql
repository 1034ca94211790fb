-- relation: link
-- grain: none; the scale on which seasonal shapes add: log odds for proportions, logarithms for rates and means
-- inputs: none
create or replace temp macro link(kind, level) as
  if(kind = 'proportion', ln(level / (1 - level)), ln(level));
create or replace temp macro unlink(kind, value) as
  if(kind = 'proportion', 1 / (1 + exp(-value)), exp(value));
create or replace temp macro clamp_level(kind, level) as
  if(kind = 'proportion', least(greatest(level, 0.0001), 0.9999), greatest(level, 0.000001));
create or replace temp macro level_variance(kind, level, value_variance) as
  case kind when 'proportion' then level * (1 - level) when 'rate' then level else value_variance end;
