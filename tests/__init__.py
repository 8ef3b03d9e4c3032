"""Tests: one file a module of the product, and a folder for each kind that needs more than Python."""
