"""The servers that a benchmark of pages compares, each with how its visitor signs in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.harness import ROOT, Client, python_of, served
from bench.peer_tables import peer_url
from tests.conftest import KEYRING, NOW
from tests.web.town import PASSWORD


@dataclass(frozen=True, slots=True)
class Peer:
    """A vanilla peer: its environment, its program, its sign-in page and the field of its token."""

    title: str
    environment: str
    program: str
    login: str
    token: str


FAB = Peer("Flask-AppBuilder", "fab", "vanilla_fab.py", "/login/", "csrf_token")
FLASK_ADMIN = Peer("Flask-Admin", "flask_admin", "flask_admin_site.py", "/login/", "csrf_token")
DJANGO = Peer("Django admin", "django", "django_site.py", "/admin/login/", "csrfmiddlewaretoken")
PEERS = (FAB, FLASK_ADMIN, DJANGO)


@contextmanager
def peer_site(peer: Peer, url: str, **environment: str) -> Iterator[Client]:
    """A peer's server on its tables beside our database, and a browser signed in there."""
    command = [str(python_of(peer.environment)), str(ROOT / "bench" / "peers" / peer.program)]
    with served(command, PEER_URL=peer_url(url), **environment) as host:
        client = Client(host)
        client.get(peer.login)
        fields = [("username", "admin"), ("password", PASSWORD), (peer.token, client.hidden(peer.token))]
        client.post(peer.login, fields)
        yield client


@contextmanager
def our_server(url: str, home: Path, **environment: str) -> Iterator[str]:
    """Our server as the development settings make it; yields its host and port."""
    settings = {
        "APP_ENV": "development", "DATABASE_URL": url, "DATA_DIR": str(home), "KEYRING": KEYRING,
        "SECRET_KEY": "benchmark-secret-key-of-enough-length-0123456789", "CAPTCHA": "fixed:0000",
        "CLOCK": NOW.isoformat(), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    python = str(ROOT / ".venv" / "bin" / "python")
    with served([python, "-m", "bench.ours"], **settings, **environment) as host:
        yield host


@contextmanager
def our_site(url: str, home: Path, **environment: str) -> Iterator[Callable[[str, str], Client]]:
    """Our server, and what signs in at an entry."""
    with our_server(url, home, **environment) as host:
        yield lambda entry, username: signed_in(host, entry, username)


def signed_in(host: str, entry: str, username: str) -> Client:
    """A browser signed in at an entry of our server."""
    client = Client(host)
    client.get(f"/login/{entry}")
    fields = [("username", username), ("password", PASSWORD), ("csrf_token", client.hidden("csrf-token"))]
    client.post(f"/login/{entry}", fields)
    return client
