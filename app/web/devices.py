"""Browser and system of a sign-in as people know them; the sent text itself is long and says little."""

from flask_babel import gettext

BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("360SE", "360"),
    ("QIHU", "360"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("HarmonyOS", "HarmonyOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
"""Part of the text -> name; the first that occurs counts, since many browsers name others too."""


def _first(text: str, names: tuple[tuple[str, str], ...]) -> str:
    return next((name for part, name in names if part in text), "")


def device_name(agent: str | None) -> str:
    """`Chrome on Windows`; what is not recognised is an unknown device."""
    browser, system = _first(agent or "", BROWSERS), _first(agent or "", SYSTEMS)
    if browser and system:
        return gettext("%(browser)s on %(system)s", browser=browser, system=system)
    return browser or system or gettext("Unknown device")
