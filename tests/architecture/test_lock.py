"""The lock files install today what they installed yesterday."""

import re
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[2]
_WITH_EXTRA = re.compile(r"^([A-Za-z0-9._-]+)\[([A-Za-z0-9,._-]+)\]")


def _locked_extras() -> set[tuple[str, str]]:
    """(package, extra) of every pinned line, as `coverage[toml]==…`."""
    found = set()
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            match = _WITH_EXTRA.match(line)
            if match:
                found |= {(match[1].lower(), extra) for extra in match[2].split(",")}
    return found


def _asked_extras() -> set[tuple[str, str]]:
    """(package, extra) that a locked package asks of another, as pytest-cov asks for `coverage[toml]`."""
    found = set()
    for line in re.findall(
        r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==",
        (ROOT / "requirements.txt").read_text() + (ROOT / "requirements-dev.txt").read_text(),
        re.MULTILINE,
    ):
        try:
            asked = metadata.requires(line) or []
        except metadata.PackageNotFoundError:  # for another platform
            continue
        for requirement in asked:
            match = _WITH_EXTRA.match(requirement)
            if match and "extra ==" not in requirement:
                found |= {(match[1].lower(), extra) for extra in match[2].split(",")}
    return found


def test_every_extra_that_a_locked_package_asks_for_is_locked_with_it():
    """Older pips resolve `name[extra]` past a plain `name==` pin and then refuse the newer version's missing hash."""
    assert _asked_extras() - _locked_extras() == set()
