"""Proposing a mapping for a file that has none: its columns are told by their names and by what stands in them."""
