"""Rules of talent-card programmes in pure Python: nothing here knows HTTP, SQL or files."""
