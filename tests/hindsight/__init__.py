"""Looking back: replay, explanations."""
