"""HTTP only: parse, call one command or query, render."""
