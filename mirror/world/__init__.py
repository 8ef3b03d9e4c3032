"""What there is on the mirrored platform and what happens there: no HTTP here, and time always comes in as ``at``."""
