"""Flask-AppBuilder as its documentation shows it: one list with actions. `python vanilla_fab.py PORT`, PEER_URL.

Environment: VIEWS registers further views, as an installation of some size has.
"""

import os
import sys
from datetime import datetime

from counting import Counting
from flask import Flask, redirect
from flask_appbuilder import AppBuilder, ModelView
from flask_appbuilder.actions import action
from flask_appbuilder.models.sqla.base import SQLA
from flask_appbuilder.models.sqla.filters import FilterEqual
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import BigInteger, Boolean, Column, DateTime, ForeignKey, Integer, String, Text, event
from sqlalchemy.orm import relationship
from waitress import serve

app = Flask(__name__)
app.config.update(
    SECRET_KEY="benchmark", SQLALCHEMY_DATABASE_URI=os.environ["PEER_URL"], WTF_CSRF_ENABLED=True,
    AUTH_TYPE=1, RATELIMIT_ENABLED=False,
)  # fmt: skip
db = SQLA()
CSRFProtect(app)
Id = BigInteger().with_variant(Integer, "sqlite")


class Employer(db.Model):
    __tablename__ = "employer"
    id = Column(Id, primary_key=True)
    name = Column(String(100))

    def __repr__(self):
        return self.name


class Person(db.Model):
    __tablename__ = "person"
    id = Column(Id, primary_key=True)
    name = Column(String(50))
    sex = Column(String(1))
    doc_no = Column(String(40))

    def __repr__(self):
        return self.name


class Application(db.Model):
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


class Log:
    id = Column(Id, primary_key=True)
    application_id = Column(Id)
    at = Column(DateTime)


class Review(Log, db.Model):
    __tablename__ = "review"
    actor = Column(String(64))
    stage = Column(String(40))
    verdict = Column(String(12))
    lock_seen = Column(Integer)


class AuditEvent(Log, db.Model):
    __tablename__ = "audit_event"
    actor = Column(String(64))
    event = Column(String(40))
    payload = Column(Text)


class Notification(Log, db.Model):
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


class ApplicationView(ModelView):
    datamodel = SQLAInterface(Application)
    list_columns = ["no", "person_name", "person.sex", "person.doc_no", "employer", "service_name",
                    "service_phone", "category", "submitted_at"]  # fmt: skip
    search_columns = ["no", "person_name", "doc_digest"]
    base_filters = [["stage", FilterEqual, "employer"], ["is_ready", FilterEqual, True]]
    base_order = ("entered_at", "asc")
    page_size = 25

    @action("approve", "Approve", "Sure?", "fa-check", single=False)
    def approve(self, cases):
        """Everything in one commit."""
        now = datetime.now()
        for case in cases:
            db.session.add_all(approved(case, now))
        db.session.commit()
        return redirect(self.get_redirect())

    @action("edit_each", "Approve by edit", "Sure?", "fa-check", single=False)
    def edit_each(self, cases):
        """The loop of the documentation: `datamodel.edit` and `add` for each."""
        now = datetime.now()
        for case in cases:
            for row in approved(case, now):
                self.datamodel.add(row)
            self.datamodel.edit(case)
        return redirect(self.get_redirect())


def further(number):
    """One more view of an ordinary installation."""
    return type(f"Further{number}View", (ModelView,), {"datamodel": SQLAInterface(Employer)})


with app.app_context():
    db.init_app(app)
    appbuilder = AppBuilder(app, db.session)
    appbuilder.add_view(ApplicationView, "Applications", category="Work")
    for n in range(int(os.environ.get("VIEWS", "0"))):
        appbuilder.add_view(further(n), f"Further {n}", category=f"Group {n // 8}")
    if not appbuilder.sm.find_user("admin"):
        role = appbuilder.sm.find_role("Admin")
        appbuilder.sm.add_user("admin", "Ad", "Min", "admin@example.org", role, "Demo-pass-2026")
    counting = Counting(app.wsgi_app)
    event.listen(db.engine, "before_cursor_execute", lambda *args: counting.count(args[2]))
app.wsgi_app = counting
serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=4)
