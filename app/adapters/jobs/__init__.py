"""Executors of the job table."""
