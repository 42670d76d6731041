"""Benchmarks: each row a ratio of two things measured side by side in one run. Run them with ``make bench``."""
