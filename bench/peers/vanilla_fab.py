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
from sqlalchemy import event
from tables import tables
from waitress import serve

app = Flask(__name__)
app.config.update(
    SECRET_KEY="benchmark", SQLALCHEMY_DATABASE_URI=os.environ["PEER_URL"], WTF_CSRF_ENABLED=True,
    AUTH_TYPE=1, RATELIMIT_ENABLED=False,
)  # fmt: skip
db = SQLA()
CSRFProtect(app)
made = tables(db.Model)
Application, Employer, approved = made.Application, made.Employer, made.approved


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
