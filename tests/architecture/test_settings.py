"""Every setting is documented, and a bad one is refused by name with its mend."""

import re
from pathlib import Path

import pytest

import config

ROOT = Path(__file__).resolve().parents[2]


def test_every_setting_is_documented_and_nothing_else() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", page, flags=re.MULTILINE))

    assert documented == set(config.NAMES)


def test_bad_settings_are_all_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(config.BadSettings) as refused:
        config.read(
            {
                "DATA_DIR": str(tmp_path),
                "PORT": "no",
                "APP_ENV": "live",
                "DATABASE_URL": "mysql://x",
                "CLOCK": "soon",
            }
        )

    assert [problem.split()[0].rstrip(":") for problem in refused.value.problems] == [
        "APP_ENV",
        "PORT",
        "DATABASE_URL",
        "CLOCK",
    ]


def test_production_refuses_what_is_only_for_development(tmp_path: Path) -> None:
    with pytest.raises(config.BadSettings) as refused:
        config.read(
            {"APP_ENV": "production", "DATA_DIR": str(tmp_path), "CAPTCHA": "fixed:1", "CLOCK": "2026-11-23"}
        )

    assert [problem.split()[0].rstrip(":") for problem in refused.value.problems] == [
        "SECRET_KEY",
        "KEYRING",
        "TRUSTED_HOSTS",
        "CLOCK",
        "CAPTCHA",
        "SMS_PROVIDER",
    ]
    assert not (tmp_path / "secret_key").exists()


def test_development_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    first = config.read({"DATA_DIR": str(tmp_path)})
    second = config.read({"DATA_DIR": str(tmp_path)})

    assert (first.secret_key, first.keyring) == (second.secret_key, second.keyring)
    assert (tmp_path / "keyring").stat().st_mode & 0o777 == 0o600
