"""The outside world behind the ports of the domain; wired by `create_app` only."""
