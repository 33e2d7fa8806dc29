"""Reads: functions that return frozen rows, always within the scope of the actor (D13)."""
