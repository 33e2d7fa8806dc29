"""Form fields of our own: a moment typed in local time and kept as aware UTC (D16)."""

from datetime import UTC, datetime
from typing import Any

from wtforms import DateTimeLocalField

from app.web.moments import ZONE

FORM = "%Y-%m-%dT%H:%M"


class LocalTimeField(DateTimeLocalField):
    """A date and time in Asia/Shanghai; `data` is aware UTC."""

    data: datetime | None

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators, format=[FORM, FORM + ":%S"], **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the browser's local time."""
        super().process_formdata(valuelist)
        if self.data:
            self.data = self.data.replace(tzinfo=ZONE).astimezone(UTC)

    def _value(self) -> str:
        if self.raw_data:
            return " ".join(self.raw_data)
        return self.data.astimezone(ZONE).strftime(FORM) if self.data else ""
