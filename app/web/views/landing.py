"""The public landing page with the three entries (R1, R5)."""

from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from flask_appbuilder import AppBuilder, IndexView, expose
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response

from app.domain.sign_in import Entry
from app.web import shell
from app.web.current import current_sign_in

_ = lazy_gettext


@dataclass(frozen=True, slots=True)
class Face:
    """How an entry is shown; `register` is the endpoint of its registration, empty where there is none."""

    code: str
    title: LazyString
    short: LazyString
    note: LazyString
    icon: str
    register: str = ""
    register_title: LazyString | str = ""


FACES = (
    Face(
        Entry.EMPLOYER,
        _("Employer sign-in"),
        _("Employers"),
        _("Register the employer, review its people, report rosters"),
        "building",
        "RegisterEmployerView.notice",
        _("Register an employer"),
    ),
    Face(
        Entry.PERSON,
        _("Personal sign-in"),
        _("Persons"),
        _("Apply online, follow the progress, see one's card"),
        "user",
        "RegisterPersonView.notice",
        _("Register as a person"),
    ),
    Face(
        Entry.OFFICER,
        _("Office sign-in"),
        _("Offices"),
        _("Review by counties and city, card printing, administration"),
        "shield-check",
    ),
)


class LandingView(IndexView):
    """`/`: three entries; who is signed in goes home."""

    def create_blueprint(
        self, appbuilder: AppBuilder, endpoint: str | None = None, static_folder: str | None = None
    ) -> Any:
        """Keep FAB's endpoint name: `has_access` and others build `IndexView.index`."""
        return super().create_blueprint(
            appbuilder, endpoint=endpoint or "IndexView", static_folder=static_folder
        )

    @expose("/")
    def index(self) -> Response | str:
        """The entries; each keeps where the visitor wanted to go."""
        target = request.args.get("next", "")
        if current_sign_in() is not None:
            return redirect(shell.safe_next(target) if target else url_for("HomeView.index"))
        return render_template("views/landing/index.html", faces=FACES, target=target or None)


def register(appbuilder: AppBuilder) -> None:
    """FAB registers the index view itself."""
    del appbuilder
