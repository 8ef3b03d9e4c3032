"""Intakes: what a request's bytes say."""
