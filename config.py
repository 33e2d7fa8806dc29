"""Every setting of the product, read once from the environment, typed and checked.

A bad setting stops the start with a list that names each one and how to mend it (D25). What each means for
an operator: docs/operations.md (a test compares the two).
"""

import base64
import os
import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent
MINIMUM_KEY_BYTES = 32
BATCH_MAX = 10_000
"""Rows of one batch, unless the setting of this name says otherwise; commands and pages have no other number."""
ENVIRONMENTS = ("development", "test", "production")


@dataclass(frozen=True, slots=True)
class NotBuilt:
    """A setting of which one value has code behind it: `works`. The other words of the contract (the expression
    `named`) are taken for trying out and change nothing; production refuses them.
    """

    works: str
    named: str
    what: str
    mend: str


NOT_BUILT = {
    "REDIS_URL": NotBuilt("", r"\S+", "Redis", "unset it, jobs and limits live in the process"),
    "STORAGE_URL": NotBuilt(
        "", "s3://.+", "storing elsewhere", "unset it, files stand encrypted in DATA_DIR/files"
    ),
    "STORAGE_ENCRYPTION": NotBuilt("app", "store", "encryption by a store", "set it to app"),
    "SMS_PROVIDER": NotBuilt(
        "console",
        "http|aliyun",
        "a provider that sends SMS",
        "set it to console to start without: nobody receives an SMS, each is a line of DATA_DIR/sms.jsonl",
    ),
    "CAPTCHA": NotBuilt("off", "image|fixed:.+", "the captcha", "set it to off to start without"),
    "OFFICER_TOTP": NotBuilt(
        "optional",
        "required",
        "the second factor of officers",
        "set it to optional to start without: a password alone signs officers in",
    ),
}


class BadSettings(SystemExit):
    """The settings cannot be used; `problems` are sentences that name the setting and the mend."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("Settings:\n" + "\n".join(f"  - {problem}" for problem in problems))


DATABASE_FILE = "yingcai.db"
SECRET = frozenset({"secret_key", "keyring", "metrics_token"})
"""Settings that never stand on a page."""
_PASSWORD = re.compile(r"(://[^:/@]*:)[^@]*@")


@dataclass(frozen=True)
class Settings:
    """The checked settings; names in lower case are those of the environment in upper case."""

    app_env: str = "development"
    port: int = 8000
    data_dir: Path = ROOT / "var"
    database_url: str = ""
    redis_url: str = ""
    storage_url: str = ""
    storage_encryption: str = "app"
    secret_key: str = ""
    keyring: str = ""
    trusted_hosts: tuple[str, ...] = ()
    proxy_hops: int = 0
    sms_provider: str = "console"
    captcha: str = "off"
    officer_totp: str = "optional"
    password_profile: str = "mlps"
    batch_max: int = BATCH_MAX
    metrics_token: str = ""
    console: str = "on"
    clock: datetime | None = None
    extra: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_production(self) -> bool:
        """Whether the strict rules of D25 hold."""
        return self.app_env == "production"

    @property
    def is_development(self) -> bool:
        """Whether demo accounts and development pages exist."""
        return self.app_env == "development"

    def shown(self) -> tuple[tuple[str, str], ...]:
        """Every setting by its name with its value, as people may see it: secrets and passwords as `***`."""
        return tuple(
            (field.name.upper(), self._shown(field.name)) for field in fields(self) if field.name != "extra"
        )

    def _shown(self, name: str) -> str:
        value = getattr(self, name)
        if name in SECRET:
            return "***" if value else ""
        if isinstance(value, tuple):
            return ", ".join(value)
        return "" if value is None else _PASSWORD.sub(r"\1***@", str(value))


def read(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of `environ` (default: the process environment). Raises BadSettings naming every bad one."""
    source = _Reader(os.environ if environ is None else environ)
    env = source.choice("APP_ENV", "development", ENVIRONMENTS)
    production = env == "production"
    data_dir = Path(source.text("DATA_DIR", str(ROOT / "var"))).absolute()
    settings = Settings(
        app_env=env,
        port=source.number("PORT", 8000, 1, 65535),
        data_dir=data_dir,
        database_url=source.database("DATABASE_URL", data_dir),
        redis_url=source.built("REDIS_URL", "", strict=production),
        storage_url=source.built("STORAGE_URL", "", strict=production),
        storage_encryption=source.built("STORAGE_ENCRYPTION", "app", strict=production),
        secret_key=source.secret("SECRET_KEY", data_dir, generate=not production),
        keyring=source.keyring("KEYRING", data_dir, generate=not production),
        trusted_hosts=source.names("TRUSTED_HOSTS"),
        proxy_hops=source.number("PROXY_HOPS", 0, 0, 10),
        sms_provider=source.built("SMS_PROVIDER", "" if production else "console", strict=production),
        captcha=source.built("CAPTCHA", "image" if production else "off", strict=production),
        officer_totp=source.built(
            "OFFICER_TOTP", "required" if production else "optional", strict=production
        ),
        password_profile=source.choice("PASSWORD_PROFILE", "mlps", ("mlps", "asvs")),
        batch_max=source.number("BATCH_MAX", BATCH_MAX, 1, 100_000),
        metrics_token=source.text("METRICS_TOKEN", ""),
        console=source.choice("CONSOLE", "off" if production else "on", ("on", "off")),
        clock=source.moment("CLOCK"),
    )
    if production:
        source.problems += _production_problems(settings)
    if source.problems:
        raise BadSettings(source.problems)
    return settings


def _production_problems(settings: Settings) -> list[str]:
    problems = []
    if not settings.trusted_hosts:
        problems.append("TRUSTED_HOSTS is empty: list the host names people use, separated by commas.")
    if settings.clock is not None:
        problems.append("CLOCK freezes the time and is for tests only: unset it.")
    return problems


class _Reader:
    """Reads single settings and collects what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def text(self, name: str, default: str) -> str:
        return self.environ.get(name, "").strip() or default

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if value not in allowed:
            self.problems.append(f"{name} is {value!r}: use one of {', '.join(allowed)}.")
            return default
        return value

    def number(self, name: str, default: int, low: int, high: int) -> int:
        raw = self.text(name, str(default))
        if not raw.isascii() or not raw.isdigit() or not low <= int(raw) <= high:
            self.problems.append(f"{name} is {raw!r}: use a whole number from {low} to {high}.")
            return default
        return int(raw)

    def names(self, name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.environ.get(name, "").split(",") if part.strip())

    def database(self, name: str, data_dir: Path) -> str:
        value = self.text(name, f"sqlite:///{data_dir / DATABASE_FILE}")
        if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            self.problems.append(
                f"{name}: use sqlite:///PATH or postgresql+psycopg://USER:PASSWORD@HOST/NAME."
            )
        return value

    def built(self, name: str, default: str, *, strict: bool) -> str:
        """A setting of `NOT_BUILT`; `strict` refuses what would promise what the product does not do."""
        value, row = self.text(name, default), NOT_BUILT[name]
        if value != row.works and (strict or not re.fullmatch(row.named, value)):
            given = f"is {value!r}" if value else "is not set"
            self.problems.append(f"{name} {given}, but {row.what} is not built yet: {row.mend}.")
            return row.works
        return value

    def moment(self, name: str) -> datetime | None:
        raw = self.text(name, "")
        if not raw:
            return None
        try:
            value = datetime.fromisoformat(raw)
        except ValueError:
            self.problems.append(f"{name} is {raw!r}: use an ISO time such as 2026-11-23T09:00:00+08:00.")
            return None
        return value if value.tzinfo else value.replace(tzinfo=UTC)

    def secret(self, name: str, data_dir: Path, *, generate: bool) -> str:
        value = self.text(name, "")
        if not value and generate:
            return _generated(data_dir / "secret_key", lambda: secrets.token_urlsafe(48))
        if len(value.encode()) < MINIMUM_KEY_BYTES:
            self.problems.append(
                f"{name} needs at least 32 random bytes: python -c 'import secrets; print(secrets.token_urlsafe(48))'."
            )
        return value

    def keyring(self, name: str, data_dir: Path, *, generate: bool) -> str:
        value = self.text(name, "")
        if not value and generate:
            ring = data_dir / "keyring"
            if not ring.exists() and (data_dir / DATABASE_FILE).exists():
                self.problems.append(
                    f"{name} is missing for the database in {data_dir}: put back the ring kept with it, as "
                    f"{name} or as {ring}. A new one could not open a single number or file."
                )
                return ""
            return _generated(ring, new_keyring)
        try:
            keys = dict(part.split(":", 1) for part in value.split(","))
            good = keys.keys() >= {"index"} and len(keys) > 1
            good = good and all(
                len(base64.b64decode(key, validate=True)) == MINIMUM_KEY_BYTES for key in keys.values()
            )
        except ValueError:
            good = False
        if not good:
            self.problems.append(
                f"{name}: use k1:BASE64,index:BASE64 with 32 random bytes each; the first is the current key, "
                "index is the key of the blind index: python -c 'import config; print(config.new_keyring())'."
            )
        return value


def new_keyring() -> str:
    """A key ring of fresh keys, as the setting KEYRING takes it."""

    def key() -> str:
        return base64.b64encode(secrets.token_bytes(MINIMUM_KEY_BYTES)).decode()

    return f"k1:{key()},index:{key()}"


def _generated(path: Path, make: Callable[[], str]) -> str:
    """The development secret kept beside the data; made on first use, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():  # written aside and linked: whoever starts at the same time never reads half of it
        mine = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(make())
        with suppress(FileExistsError):
            os.link(mine, path)
        mine.unlink()
    return path.read_text().strip()


NAMES = tuple(f.name.upper() for f in fields(Settings) if f.name != "extra")
"""The environment variables read here."""
