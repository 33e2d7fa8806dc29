"""Composition root: `create_app` builds the application and is the only importer of adapters (D9)."""

from app.models import base  # isort: skip  # before anything imports FAB: it widens the keys of FAB's tables

import base64
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_appbuilder import AppBuilder
from werkzeug.middleware.proxy_fix import ProxyFix

import config
from app import cli
from app.adapters.cipher import AesCipher
from app.adapters.clock import FrozenClock, SystemClock
from app.adapters.codes import ZxingCodes
from app.adapters.imaging import LimitedImageTools
from app.adapters.jobs.thread import ThreadWorker
from app.adapters.keyring import KeyRing
from app.adapters.passwords import Argon2Hasher
from app.adapters.pdf import TypstPdf
from app.adapters.sheets import OpenpyxlSheets
from app.adapters.sms.console import ConsoleSms
from app.adapters.storage.local import LocalFileStore
from app.adapters.storage.vault import EncryptedVault
from app.domain.passwords import PasswordRule, Passwords, parse_common
from app.domain.ports import Ports
from app.domain.roles import PUBLIC_ROLE
from app.extensions import csrf, db, migrate, transactions
from app.web import setup
from app.web.export_words import spoken_by
from app.web.security import SecurityManager
from app.web.session import RowSessionInterface
from app.web.views.landing import LandingView

__all__ = ["base", "create_app"]

BUSINESS = "Account|Application|Card|Employer|Person|Registration|Review|Roster"
MEGABYTE = 1024 * 1024
INDEX_ENTRY = "index:"
"""The entry of the key ring that keys the blind index and never rotates with the others."""


def create_app(settings: config.Settings | None = None, **overrides: object) -> Flask:
    """The application for `settings` (default: read from the environment); `overrides` are Flask settings for tests."""
    settings = settings or config.read()
    app = Flask(__name__)
    app.config.from_mapping(flask_settings(settings) | overrides)
    app.extensions["yingcai.settings"] = settings
    app.extensions["yingcai.ports"] = replace(wire(settings), wording=spoken_by(app))
    app.extensions["yingcai.passwords"] = password_policy(settings, app.extensions["yingcai.ports"])
    app.extensions["yingcai.clock"] = app.extensions["yingcai.ports"].clock
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.session_interface = RowSessionInterface(secure=bool(app.config["SESSION_COOKIE_SECURE"]))
    db.init_app(app)
    migrate.init_app(app, db, directory=str(config.ROOT / "migrations"), render_as_batch=True)
    csrf.init_app(app)
    setup.before(app, production=settings.is_production)
    appbuilder = AppBuilder(security_manager_class=SecurityManager, indexview=LandingView)
    with app.app_context():
        transactions(db.engine)
        appbuilder.init_app(app, db.session)
        setup.after(app, appbuilder, console=settings.console == "on")
    cli.register(app)
    return app


def flask_settings(settings: config.Settings) -> dict[str, object]:
    """Flask's and FAB's settings; the reasons stand in docs/operations.md."""
    data_dir = settings.data_dir
    data_dir.mkdir(parents=True, exist_ok=True)
    return {
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings.database_url),
        "SESSION_COOKIE_NAME": "visitor",
        "SESSION_COOKIE_SECURE": settings.is_production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=8),
        "TRUSTED_HOSTS": list(settings.trusted_hosts) or None,
        "FAB_SAFE_REDIRECT_HOSTS": list(settings.trusted_hosts),
        "MAX_CONTENT_LENGTH": 13 * MEGABYTE,
        "MAX_FORM_MEMORY_SIZE": MEGABYTE,
        "MAX_FORM_PARTS": 300,
        "WTF_CSRF_TIME_LIMIT": 8 * 3600,
        "WTF_CSRF_SSL_STRICT": True,
        "APP_NAME": "Yingcai",
        "BABEL_DEFAULT_LOCALE": "zh",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai",
        "BABEL_TRANSLATION_DIRECTORIES": str(Path(__file__).parent / "translations"),
        "LANGUAGES": {"zh": {"flag": "cn", "name": "中文"}, "en": {"flag": "gb", "name": "English"}},
        "RATELIMIT_ENABLED": settings.app_env != "test",
        "RATELIMIT_STORAGE_URI": "memory://",
        "AUTH_TYPE": 1,
        "AUTH_ROLE_PUBLIC": PUBLIC_ROLE,
        "AUTH_USER_REGISTRATION": False,
        "FAB_CREATE_DB": False,
        "FAB_UPDATE_PERMS": False,
        "FAB_ADD_SECURITY_API": False,
        "FAB_ADD_SECURITY_PERMISSION_VIEW": False,
        "FAB_ADD_SECURITY_VIEW_MENU_VIEW": False,
        "FAB_ADD_SECURITY_PERMISSION_VIEWS_VIEW": False,
        "FAB_API_SWAGGER_UI": True,
        "FAB_ADD_OPENAPI_VIEWS": False,
        "FAB_ADD_MENU_API": False,
        "FAB_API_SHOW_STACKTRACE": False,
        "FAB_ROLES": {
            "Admin": [
                [rf"(?!({BUSINESS}))", ".*"],
                [rf"({BUSINESS})", r"(can_(list|show|get|info|read|manage)|menu_access)$"],
                [r"Application$", r"can_export$"],
            ]
        },
    }


def engine_options(url: str) -> dict[str, object]:
    """Options of the engine: no parameters in errors, bounded waits."""
    options: dict[str, object] = {"hide_parameters": True}
    if url.startswith("postgresql"):
        timeouts = (
            "-c statement_timeout=10000 -c lock_timeout=3000 -c idle_in_transaction_session_timeout=30000"
        )
        options |= {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 10}
        options["connect_args"] = {"options": timeouts, "prepare_threshold": None}
    return options


def wire(settings: config.Settings) -> Ports:
    """Build every adapter the settings ask for."""
    entries = settings.keyring.split(",")
    ring = KeyRing.parse(",".join(entry for entry in entries if not entry.startswith(INDEX_ENTRY)))
    index_key = next(
        base64.b64decode(e.removeprefix(INDEX_ENTRY)) for e in entries if e.startswith(INDEX_ENTRY)
    )
    cipher = AesCipher(ring, index_key)
    codes = ZxingCodes()
    return Ports(
        clock=FrozenClock(settings.clock) if settings.clock else SystemClock(),
        cipher=cipher,
        vault=EncryptedVault(LocalFileStore(settings.data_dir / "files"), ring, cipher.mac),
        images=LimitedImageTools(),
        codes=codes,
        sheets=OpenpyxlSheets(codes),
        pdf=TypstPdf(),
        hasher=Argon2Hasher(fast=settings.app_env == "test"),
        sms=ConsoleSms(settings.data_dir / "sms.jsonl"),
        executor=ThreadWorker,
    )


def password_policy(settings: config.Settings, ports: Ports) -> Passwords:
    """What a password must be here, and how it is hashed."""
    common = (Path(__file__).parent / "seed" / "passwords" / "common.txt").read_text(encoding="utf-8")
    return Passwords(ports.hasher, PasswordRule.of(settings.password_profile, parse_common(common)))
