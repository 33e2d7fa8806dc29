"""Benchmarks: programs with a report, run as `python -m bench.NAME` (`make bench` runs them all)."""
