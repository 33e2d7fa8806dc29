"""The answer of a batch; it stands in `domain` because previews (queries) give the same one."""

from app.domain.results import BatchResult, Skipped

__all__ = ["BatchResult", "Skipped"]
