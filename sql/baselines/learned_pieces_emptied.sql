-- relation: learned_pieces
delete from learned_pieces;
