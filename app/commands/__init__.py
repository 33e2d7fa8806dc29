"""Writes: one function per verb of the manual, each in one transaction of its own (D10)."""
