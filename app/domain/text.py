"""Marking of texts below the web layer: they are translated where they are shown."""


def N_(msgid: str) -> str:  # noqa: N802 - the name every gettext tool extracts
    """Mark `msgid` for translation and return it unchanged."""
    return msgid
