-- relation: signals
delete from signals;
