"""Who may do what (policy) and who sees which rows (scope)."""
