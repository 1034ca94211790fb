-- relation: store_left_as_it_is
-- inputs: none
-- A store that is closed is left with its journal, as one whose process has ended.
pragma disable_checkpoint_on_shutdown;
