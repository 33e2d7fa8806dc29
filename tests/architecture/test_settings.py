"""Every setting is documented, and a bad one is refused by name with its mend."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import config
from app import create_app
from tests.conftest import KEYRING

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
            {
                "APP_ENV": "production",
                "DATA_DIR": str(tmp_path),
                "CLOCK": "2026-11-23",
                **WITHOUT_WHAT_IS_NOT_BUILT,
            }
        )

    assert [problem.split()[0].rstrip(":") for problem in refused.value.problems] == [
        "SECRET_KEY",
        "KEYRING",
        "TRUSTED_HOSTS",
        "CLOCK",
    ]
    assert not (tmp_path / "secret_key").exists()


PRODUCTION = {
    "APP_ENV": "production",
    "SECRET_KEY": "s" * 48,
    "KEYRING": KEYRING,
    "TRUSTED_HOSTS": "cards.example.org",
}
WITHOUT_WHAT_IS_NOT_BUILT = {"SMS_PROVIDER": "console", "CAPTCHA": "off", "OFFICER_TOTP": "optional"}


def test_production_says_what_its_own_defaults_ask_for_and_nobody_built(tmp_path: Path) -> None:
    with pytest.raises(config.BadSettings) as refused:
        config.read({**PRODUCTION, "DATA_DIR": str(tmp_path)})

    assert refused.value.problems == [
        (
            "SMS_PROVIDER is not set, but a provider that sends SMS is not built yet: set it to console to start "
            "without: nobody receives an SMS, each is a line of DATA_DIR/sms.jsonl."
        ),
        "CAPTCHA is 'image', but the captcha is not built yet: set it to off to start without.",
        (
            "OFFICER_TOTP is 'required', but the second factor of officers is not built yet: set it to optional "
            "to start without: a password alone signs officers in."
        ),
    ]


def test_what_production_says_makes_keys_makes_keys_it_accepts(tmp_path: Path) -> None:
    asked = {"APP_ENV": "production", "TRUSTED_HOSTS": "cards.example.org", "DATA_DIR": str(tmp_path)}
    with pytest.raises(config.BadSettings) as refused:
        config.read({**asked, **WITHOUT_WHAT_IS_NOT_BUILT})

    made = {
        problem.split()[0].rstrip(":"): subprocess.run(
            shlex.split(f"{sys.executable} {problem.partition(': python ')[2].removesuffix('.')}"),
            cwd=ROOT,
            env={},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for problem in refused.value.problems
    }
    settings = config.read({**asked, **WITHOUT_WHAT_IS_NOT_BUILT, **made})

    assert set(made) == {"SECRET_KEY", "KEYRING"}
    assert (settings.secret_key, settings.keyring) == (made["SECRET_KEY"].strip(), made["KEYRING"].strip())
    assert list(tmp_path.iterdir()) == []


NOT_BUILT = pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_URL", "redis://127.0.0.1/0"),
        ("STORAGE_URL", "s3://bucket?endpoint=https://store.example.org"),
        ("STORAGE_ENCRYPTION", "store"),
        ("SMS_PROVIDER", "http"),
        ("SMS_PROVIDER", "aliyun"),
        ("CAPTCHA", "image"),
        ("CAPTCHA", "fixed:1"),
        ("OFFICER_TOTP", "required"),
    ],
)


@NOT_BUILT
def test_what_is_not_built_is_refused_in_production(tmp_path: Path, name: str, value: str) -> None:
    given = {**PRODUCTION, **WITHOUT_WHAT_IS_NOT_BUILT, "DATA_DIR": str(tmp_path)}

    with pytest.raises(config.BadSettings) as refused:
        config.read({**given, name: value})

    assert [problem.partition(" is ")[0] for problem in refused.value.problems] == [name]
    assert "is not built yet" in refused.value.problems[0]


@NOT_BUILT
@pytest.mark.parametrize("environment", ["development", "test"])
def test_elsewhere_it_may_be_named_and_changes_nothing(
    tmp_path: Path, environment: str, name: str, value: str
) -> None:
    settings = config.read({"APP_ENV": environment, "DATA_DIR": str(tmp_path), name: value})

    assert getattr(settings, name.lower()) == value


def test_production_starts_with_what_is_built(tmp_path: Path, database_url: str) -> None:
    given = {
        **PRODUCTION,
        **WITHOUT_WHAT_IS_NOT_BUILT,
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": database_url,
    }

    app = create_app(config.read(given))

    page = app.test_client().get("/login/officer", base_url="https://cards.example.org")
    assert (page.status_code, app.config["SESSION_COOKIE_SECURE"]) == (200, True)


def test_development_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    first = config.read({"DATA_DIR": str(tmp_path)})
    second = config.read({"DATA_DIR": str(tmp_path)})

    assert (first.secret_key, first.keyring) == (second.secret_key, second.keyring)
    assert (tmp_path / "keyring").stat().st_mode & 0o777 == 0o600


def test_no_new_key_ring_is_made_for_a_database_that_has_one(tmp_path: Path) -> None:
    (tmp_path / "yingcai.db").touch()

    with pytest.raises(config.BadSettings) as refused:
        config.read({"DATA_DIR": str(tmp_path)})

    assert ["put back the ring" in problem for problem in refused.value.problems] == [True]
    assert not (tmp_path / "keyring").exists()
