"""The tables of both Flask peers on the declarative base each brings, and what one approval writes."""

from types import SimpleNamespace

from sqlalchemy import BigInteger, Boolean, Column, DateTime, ForeignKey, Integer, String, Text
from sqlalchemy.orm import relationship

Id = BigInteger().with_variant(Integer, "sqlite")


class Log:
    """What the three kinds of notes of a decision share."""

    id = Column(Id, primary_key=True)
    application_id = Column(Id)
    at = Column(DateTime)


def tables(base):
    """The mapped classes by their names, and `approved(case, now)`."""

    class Employer(base):
        __tablename__ = "employer"
        id = Column(Id, primary_key=True)
        name = Column(String(100))

        def __str__(self):
            return self.name

        __repr__ = __str__

    class Person(base):
        __tablename__ = "person"
        id = Column(Id, primary_key=True)
        name = Column(String(50))
        sex = Column(String(1))
        doc_no = Column(String(40))

        def __repr__(self):
            return self.name

    class Application(base):
        __tablename__ = "application"
        id = Column(Id, primary_key=True)
        no = Column(String(60))
        person_id = Column(Id, ForeignKey("person.id"))
        employer_id = Column(Id, ForeignKey("employer.id"))
        person = relationship(Person)
        employer = relationship(Employer)
        person_name = Column(String(50))
        doc_digest = Column(String(64))
        service_name = Column(String(60))
        service_phone = Column(String(40))
        category = Column(String(40))
        stage = Column(String(40))
        is_ready = Column(Boolean)
        lock = Column(Integer)
        submitted_at = Column(DateTime)
        entered_at = Column(DateTime)

    class Review(Log, base):
        __tablename__ = "review"
        actor = Column(String(64))
        stage = Column(String(40))
        verdict = Column(String(12))
        lock_seen = Column(Integer)

    class AuditEvent(Log, base):
        __tablename__ = "audit_event"
        actor = Column(String(64))
        event = Column(String(40))
        payload = Column(Text)

    class Notification(Log, base):
        __tablename__ = "notification"
        person_id = Column(Id)
        kind = Column(String(40))

    def approved(case, now):
        """Move a case on and return what is written beside it."""
        case.stage, case.entered_at, case.lock = "county", now, case.lock + 1
        return (
            Review(application_id=case.id, actor="admin", stage="employer", verdict="approve",
                   lock_seen=case.lock - 1, at=now),
            AuditEvent(application_id=case.id, actor="admin", event="approve", payload="{}", at=now),
            Notification(application_id=case.id, person_id=case.person_id, kind="approved", at=now),
        )  # fmt: skip

    return SimpleNamespace(Employer=Employer, Application=Application, approved=approved)
