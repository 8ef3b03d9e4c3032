"""The pure core: tables, and laws that hold for whatever comes in."""
