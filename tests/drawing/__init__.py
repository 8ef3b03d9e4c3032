"""Charts and their pictures."""
