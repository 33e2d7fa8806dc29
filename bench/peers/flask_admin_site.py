"""Flask-Admin with Flask-Login, its secure forms and one list with an action. `python flask_admin_site.py PORT`, PEER_URL."""

import os
import sys
from datetime import datetime

from counting import Counting
from flask import Flask, redirect, request
from flask_admin import Admin
from flask_admin.actions import action
from flask_admin.contrib.sqla import ModelView
from flask_admin.form import SecureForm
from flask_login import LoginManager, UserMixin, current_user, login_user
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, Integer, String, event, func
from tables import tables
from waitress import serve
from werkzeug.security import check_password_hash, generate_password_hash
from wtforms import PasswordField, StringField

app = Flask(__name__)
app.config.update(SECRET_KEY="benchmark", SQLALCHEMY_DATABASE_URI=os.environ["PEER_URL"])
db = SQLAlchemy(app)
login = LoginManager(app)
made = tables(db.Model)
Application, approved = made.Application, made.approved


class Account(UserMixin, db.Model):
    __tablename__ = "flask_admin_account"
    id = Column(Integer, primary_key=True)
    username = Column(String(64), unique=True)
    password = Column(String(256))


class ApplicationView(ModelView):
    form_base_class = SecureForm
    can_create = can_edit = can_delete = False
    column_list = ["no", "person_name", "person.sex", "person.doc_no", "employer", "service_name",
                   "service_phone", "category", "submitted_at"]  # fmt: skip
    column_searchable_list = ["no", "person_name", "doc_digest"]
    column_default_sort = "entered_at"
    column_select_related_list = [Application.person, Application.employer]
    page_size = 25

    def is_accessible(self):
        """Only who is signed in."""
        return current_user.is_authenticated

    def get_query(self):
        """The desk."""
        return super().get_query().filter(Application.stage == "employer", Application.is_ready)

    def get_count_query(self):
        """The number of the same rows."""
        chosen = self.session.query(func.count("*")).select_from(Application)
        return chosen.filter(Application.stage == "employer", Application.is_ready)

    @action("approve", "Approve", "Sure?")
    def approve(self, ids):
        """All rows read in portions, everything in one commit."""
        now = datetime.now()
        for begun in range(0, len(ids), 500):
            wanted = [int(one) for one in ids[begun : begun + 500]]
            for case in self.get_query().filter(Application.id.in_(wanted)):
                self.session.add_all(approved(case, now))
        self.session.commit()


class SignIn(SecureForm):
    username = StringField()
    password = PasswordField()


@login.user_loader
def load_user(key):
    """The account of a session."""
    return db.session.get(Account, int(key))


@app.route("/login/", methods=["GET", "POST"])
def sign_in():
    """A form with a token, a hashed password."""
    form = SignIn(request.form)
    if request.method == "POST" and form.validate():
        found = db.session.query(Account).filter_by(username=form.username.data).one()
        if check_password_hash(found.password, form.password.data):
            login_user(found)
            return redirect("/admin/application/")
    return f"<form method=post>{form.csrf_token()}{form.username()}{form.password()}</form>"


admin = Admin(app, name="Benchmark")
admin.add_view(ApplicationView(Application, db.session))
with app.app_context():
    Account.__table__.create(db.engine, checkfirst=True)
    if not db.session.query(Account).count():
        db.session.add(Account(username="admin", password=generate_password_hash("Demo-pass-2026")))
        db.session.commit()
    db.session.remove()
    counting = Counting(app.wsgi_app)
    event.listen(db.engine, "before_cursor_execute", lambda *args: counting.count(args[2]))
app.wsgi_app = counting
serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=4)
