-- relation: definitions
delete from definitions;
