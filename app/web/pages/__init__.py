"""What the pages show: rows, states and words put together for one template each; no routes, no commands."""
