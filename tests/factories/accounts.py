"""People with valid, invented numbers, their bureaus and accounts, made through the commands."""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from sqlalchemy import Engine, func, insert, select
from sqlalchemy.orm import Session

from app.commands import accounts
from app.commands.accounts import AccountForm
from app.commands.consents import ConsentGiven
from app.domain.identity import check_character
from app.domain.passwords import Passwords
from app.domain.ports import Cipher
from app.domain.roles import SEEDED_GRANTS, SUPERUSER_PERMISSIONS, AccountKind, Actor
from app.models.account import Account
from app.models.agency import Agency
from app.models.ids import new_id
from app.models.person import Person
from app.models.work import LoginSession

PASSWORD = "Demo-pass-2026"
VISITOR = Actor.anonymous(ip="203.0.113.7", request_id="r-1")
SYSTEM = Actor.system()
CONSENT = ConsentGiven(1, 1, "test browser")


def resident_number(serial: int, born: str = "19900307") -> str:
    """A valid number under the invented prefix 89; an odd serial is a man's."""
    body = f"8901{serial // 1000 % 100:02d}{born}{serial % 1000:03d}"
    return body + check_character(body)


def mobile(serial: int) -> str:
    """A mobile nobody else has."""
    return f"139{serial:08d}"


@dataclass
class People:
    """Makes accounts on one database; `actor` is what a sign-in of an account acts as."""

    engine: Engine
    cipher: Cipher
    passwords: Passwords
    now: datetime
    serials: count = field(default_factory=lambda: count(1))

    def numbers(self) -> dict[str, str]:
        """Document and mobile of a new natural person, as forms take them."""
        serial = next(self.serials)
        return {"doc_type": "1", "doc_no": resident_number(serial), "mobile": mobile(serial)}

    def agency(self, level: str = "county", parent: int | None = None, *, is_open: bool = True) -> int:
        """A bureau; a county's parent is the city."""
        agency_id, code = new_id(), str(next(self.serials))
        with Session(self.engine) as session, session.begin():
            above = session.get(Agency, parent).path if parent else "/"
            session.execute(
                insert(Agency).values(
                    id=agency_id,
                    parent_id=parent,
                    level=level,
                    code=code,
                    name=f"{level}{code}局",
                    path=f"{above}{agency_id}/",
                    open_for_employers=is_open and level == "county",
                    active=True,
                )
            )
        return agency_id

    def superuser(self) -> Actor:
        made = accounts.create_superuser(
            self.engine,
            actor=SYSTEM,
            username=f"super{next(self.serials)}",
            password=PASSWORD,
            full_name="管理员",
            passwords=self.passwords,
            now=self.now,
        )
        return self.actor(made.account_id)

    def form(self, username: str = "", name: str = "赵一鸣", **changes: str) -> AccountForm:
        """A valid form of a new account."""
        given = {"username": username or f"user{next(self.serials)}", "password": PASSWORD, "full_name": name}
        return AccountForm(**(given | self.numbers() | changes))

    def officer(self, agency_id: int, *roles: str) -> Actor:
        made = accounts.create_officer(
            self.engine,
            actor=self.superuser(),
            form=self.form(),
            agency_id=agency_id,
            roles=roles,
            cipher=self.cipher,
            passwords=self.passwords,
            now=self.now,
        )
        return self.actor(made.account_id)

    def staff(self, admin: Actor, *functions: str) -> Actor:
        made = accounts.create_staff(
            self.engine,
            actor=admin,
            form=self.form(),
            functions=functions,
            cipher=self.cipher,
            passwords=self.passwords,
            now=self.now,
        )
        return self.actor(made.account_id)

    def actor(self, account_id: int) -> Actor:
        """The Actor of an account as the web makes it."""
        with Session(self.engine) as session:
            row = session.get(Account, account_id)
            roles = frozenset(role.name for role in row.roles)
            agency = session.get(Agency, row.agency_id) if row.agency_id else None
            grants = frozenset(grant for role in roles for grant in SEEDED_GRANTS.get(role, ()))
            employer_id = row.employer_id
            if row.person_id is not None:
                employer_id = session.scalar(select(Person.employer_id).where(Person.id == row.person_id))
            return Actor(
                account_id=row.id,
                kind=AccountKind(row.kind),
                full_name=row.full_name,
                username=row.username,
                person_key=row.person_key,
                employer_id=employer_id,
                person_id=row.person_id,
                agency_id=row.agency_id,
                agency_path=agency.path if agency else None,
                agency_level=agency.level if agency else None,
                roles=roles,
                permissions=SUPERUSER_PERMISSIONS if row.kind == AccountKind.SUPERUSER else grants,
                session_key=f"{row.id:064d}",
                ip="203.0.113.8",
                request_id="r-2",
            )

    def signed_in(self, actor: Actor, token: str = "") -> str:
        """A sign-in row of the account; returns its key."""
        key = token or actor.session_key or ""
        with Session(self.engine) as session, session.begin():
            session.execute(
                insert(LoginSession).values(
                    token_hash=key,
                    account_id=actor.account_id,
                    data="{}",
                    created=self.now,
                    last_seen=self.now,
                )
            )
        return key

    def open_sessions(self, actor: Actor) -> int:
        with Session(self.engine) as session:
            mine = (LoginSession.account_id == actor.account_id) & LoginSession.revoked_at.is_(None)
            return session.scalar(select(func.count()).where(mine))
