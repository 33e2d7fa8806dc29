"""The tables of the peers: the columns that their list and their batch need, filled with the rows of ours.

Name and digest of the number stand on the case itself, which spares the peers a join when they search.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    insert,
    make_url,
    select,
    text,
)

from app.models.account import Account, IdentityClaim
from app.models.application import Application, Submission
from app.models.employer import Employer
from app.models.person import Person

PART = 5_000
METADATA = MetaData()
Id = BigInteger().with_variant(Integer, "sqlite")
employer = Table("employer", METADATA, Column("id", Id, primary_key=True), Column("name", String(100)))
person = Table(
    "person", METADATA, Column("id", Id, primary_key=True), Column("name", String(50)),
    Column("sex", String(1)), Column("doc_no", String(40)),
)  # fmt: skip
application = Table(
    "application", METADATA, Column("id", Id, primary_key=True), Column("no", String(60)),
    Column("person_id", Id, ForeignKey("person.id"), index=True),
    Column("employer_id", Id, ForeignKey("employer.id"), index=True),
    Column("person_name", String(50)), Column("doc_digest", String(64)),
    Column("service_name", String(60)), Column("service_phone", String(40)), Column("category", String(40)),
    Column("stage", String(40)), Column("is_ready", Boolean), Column("lock", Integer),
    Column("submitted_at", DateTime), Column("entered_at", DateTime),
)  # fmt: skip


def _log(name: str, *columns: Column[object]) -> Table:
    case = Column("application_id", Id, ForeignKey("application.id"), index=True)
    return Table(name, METADATA, Column("id", Id, primary_key=True), case, *columns, Column("at", DateTime))


review = _log(
    "review", Column("actor", String(64)), Column("stage", String(40)), Column("verdict", String(12)),
    Column("lock_seen", Integer),
)  # fmt: skip
audit_event = _log(
    "audit_event", Column("actor", String(64)), Column("event", String(40)), Column("payload", Text)
)
notification = _log("notification", Column("person_id", Id), Column("kind", String(40)))
LOGS = (review, audit_event, notification)
INDEXES = (
    Index("ix_desk", application.c.stage, application.c.is_ready, application.c.entered_at, application.c.id),
    Index("ix_name", application.c.person_name),
    Index("ix_digest", application.c.doc_digest),
)
"""What ours has: made for the second pass of the queue's benchmark."""
for _index in INDEXES:
    application.indexes.remove(_index)


def peer_url(url: str) -> str:
    """The peers' own file beside ours, or their own schema in our database."""
    if url.startswith("sqlite"):
        return url.replace(".db", "-peers.db")
    return make_url(url).update_query_dict({"options": "-csearch_path=peer"}).render_as_string(False)


def fill(ours: Engine, url: str) -> Engine:
    """Make the peers' tables with the waiting cases of `ours`."""
    if ours.dialect.name == "postgresql":
        with ours.begin() as connection:
            connection.execute(text("CREATE SCHEMA peer"))
    engine = create_engine(peer_url(url))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA journal_mode=WAL"))
    METADATA.create_all(engine)
    with ours.connect() as source, engine.begin() as target:
        firms = source.execute(select(Employer.id, Employer.name)).mappings()
        target.execute(insert(employer), [dict(row) for row in firms])
        for rows in source.execution_options(yield_per=PART).execute(_cases()).partitions():
            _copy(target, rows)
    analyse(engine)
    return engine


def _cases():  # type: ignore[no-untyped-def]  # noqa: ANN202 - a select
    a, s, p, c = Application, Submission, Person, IdentityClaim
    return (
        select(
            a.id, a.no, a.person_id, a.employer_id, s.person_name, c.digest, s.service_name,
            s.service_phone_masked, a.category, a.stage_code, a.is_ready, a.lock, a.submitted_at, a.entered_at,
            p.sex, Account.doc_no_masked,
        )
        .join(s, (s.application_id == a.id) & (s.n == a.version_no))
        .join(p, p.id == a.person_id)
        .join(Account, Account.id == p.account_id)
        .outerjoin(c, (c.account_id == Account.id) & (c.kind != "mobile"))
        .where(a.status == "in_review")
    )  # fmt: skip


def _copy(target, rows) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    people, cases = [], []
    for row in rows:
        people.append(
            {"id": row.person_id, "name": row.person_name, "sex": row.sex, "doc_no": row.doc_no_masked}
        )
        cases.append(
            {
                "id": row.id, "no": row.no, "person_id": row.person_id, "employer_id": row.employer_id,
                "person_name": row.person_name, "doc_digest": row.digest, "service_name": row.service_name,
                "service_phone": row.service_phone_masked, "category": row.category, "stage": row.stage_code,
                "is_ready": row.is_ready, "lock": row.lock,
                "submitted_at": row.submitted_at.replace(tzinfo=None),
                "entered_at": row.entered_at.replace(tzinfo=None),
            }
        )  # fmt: skip
    target.execute(insert(person), people)
    target.execute(insert(application), cases)


def analyse(engine: Engine) -> None:
    """Tell the planner what is there."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def add_our_indexes(engine: Engine) -> None:
    """Give the peers the indexes that ours stands on."""
    for index in INDEXES:
        index.create(engine)
    analyse(engine)
