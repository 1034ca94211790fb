-- relation: optimizer_off
-- inputs: none
-- Statements are run as they are written from here on: what comes of them must not depend on how they are rewritten.
pragma disable_optimizer;
