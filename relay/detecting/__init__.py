"""Detectors on files: series that were exported from elsewhere, judged by the relay's own engine as if live."""
