"""Tests of the watched service and of its lab."""
