"""Nothing is sent: every message is one JSON line in `sms.jsonl` under the data directory."""

import json
import threading
from datetime import UTC, datetime
from pathlib import Path

from app.domain.ports import SmsMessage


class ConsoleSms:
    """The `SmsSender` port over a file; the provider's id is the idempotency key."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def send(self, message: SmsMessage, *, idempotency_key: str) -> str:
        """See the port."""
        line = {
            "at": datetime.now(UTC).isoformat(),
            "to": message.to,
            "template": message.template,
            "params": message.params,
            "text": message.text,
        }
        with self._lock:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        return idempotency_key
