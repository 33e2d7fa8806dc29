"""单位注册 and 个人注册: notice, consent, form, signed in (R4–R9, I1)."""

from typing import Any, ClassVar

from flask import Response as FlaskResponse
from flask import current_app, flash, jsonify, redirect, render_template, request, session, url_for
from flask_appbuilder import AppBuilder, BaseView, expose
from flask_appbuilder.security.decorators import limit
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.commands import employers, persons
from app.commands.consents import CONSENT_REQUIRED, NOTICE_OUTDATED, SENSITIVE, ConsentGiven
from app.domain.names import plain_text
from app.domain.passwords import Passwords
from app.queries import employers as employer_queries
from app.queries.reference import NoticeText, current_notice, current_site, open_agencies
from app.web.base import attempt, page_response, parse_id
from app.web.current import current_actor, current_sign_in, engine, ports, read_session, utc_now
from app.web.forms.data import data_of, lists_of, with_fields
from app.web.forms.page import choices_of
from app.web.forms.register import AccountFields, ConsentForm, RegisterEmployerForm, RegisterPersonForm
from app.web.notices import prose
from app.web.numbers import document_choices, telling_types
from app.web.views.auth import enter

SEARCHES = "60/minute"
KEY = "consent"
INVITED_BY = "invited_by"
SHORTEST_SEARCH = 2


def registrations() -> str:
    """How many registrations one address may make: few in production (T21); a test machine is one address."""
    return "10/day" if current_app.extensions["yingcai.settings"].is_production else "1000/day"


def made_one(response: FlaskResponse) -> bool:
    """Whether a post registered somebody: only then it leads on to the home page."""
    return response.location == url_for("HomeView.index")


def passwords() -> Passwords:
    """The password rule and the hasher of this installation."""
    found: Passwords = current_app.extensions["yingcai.passwords"]
    return found


class RegisterView(BaseView):
    """The two steps that both parties share."""

    kind: ClassVar[str]
    default_view = "notice"

    @expose("", methods=["GET", "POST"])
    def notice(self) -> Response | str:
        """用户须知 and the consents; 同意 leads to the form (R6)."""
        if current_sign_in() is not None:
            return redirect(url_for("HomeView.index"))
        form = ConsentForm(request.form)
        if request.method == "GET":
            session.update(invitation())
            return self._notice_page(form)
        texts = self._notices()
        if not _complaints(form, texts):
            versions = [text.version for text in texts if text]
            session[KEY] = {**session.get(KEY, {}), self.kind: versions}
            return redirect(url_for(f"{self.endpoint}.form"))
        return page_response(self._notice_page(form), 422)

    @expose("/form", methods=["GET", "POST"])
    @limit(registrations, methods=("POST",), deduct_when=made_one)
    def form(self) -> Response | str:
        """The form; a registration signs in at once and leads home (R9)."""
        if current_sign_in() is not None:
            return redirect(url_for("HomeView.index"))
        if request.method == "GET" and self.kind not in session.get(KEY, {}):
            return redirect(url_for(f"{self.endpoint}.notice"))
        form = self._form()
        if request.method == "GET":
            return self._form_page(form)
        account_id = attempt(form, lambda: self._register(form, self._consent()))
        if account_id is not None:
            enter(account_id)
            flash(gettext("You are registered and signed in."), "success")
            return redirect(url_for("HomeView.index"))
        return page_response(self._refused(form), 422)

    def _refused(self, form: AccountFields) -> str:
        if not (form.notice.errors or form.sensitive.errors):
            return self._form_page(form)
        consent = ConsentForm()
        consent.form_errors = [*form.notice.errors, *form.sensitive.errors][:1]
        return self._notice_page(consent)

    def _consent(self) -> ConsentGiven:
        notice, sensitive = session.get(KEY, {}).get(self.kind, (None, None))
        return ConsentGiven(notice, sensitive, agent=request.user_agent.string or None)

    def _notices(self) -> tuple[NoticeText | None, NoticeText | None]:
        reading, now = read_session(), utc_now()
        return current_notice(reading, self.kind, now), current_notice(reading, SENSITIVE, now)

    def _notice_page(self, form: ConsentForm) -> str:
        notice, sensitive = self._notices()
        return render_template(
            "views/register/notice.html",
            form=form,
            kind=self.kind,
            notice=notice,
            sensitive=sensitive,
            notice_text=prose(notice.body) if notice else "",
            sensitive_text=prose(sensitive.body) if sensitive else "",
        )

    def _form(self) -> Any:
        raise NotImplementedError

    def _form_page(self, form: Any) -> str:
        raise NotImplementedError

    def _register(self, form: Any, consent: ConsentGiven) -> int:
        raise NotImplementedError


def invitation() -> dict[str, int]:
    """The employer whose invitation link led here; the form fills it in if it is active then (A2)."""
    employer_id = parse_id(request.args.get("employer", ""))
    return {INVITED_BY: employer_id} if employer_id else {}


def _complaints(form: ConsentForm, texts: tuple[NoticeText | None, NoticeText | None]) -> bool:
    """Note what is missing of the consents; the command judges again when the form is sent."""
    notice, sensitive = texts
    given = (parse_id(form.text("notice")), parse_id(form.text("sensitive_version")))
    if notice is None or sensitive is None or None in given:
        form.form_errors = [gettext(CONSENT_REQUIRED)]
    elif given != (notice.version, sensitive.version):
        form.form_errors = [gettext(NOTICE_OUTDATED)]
    if not form.sensitive.data:
        form.complain("sensitive", gettext("Please tick that you agree."))
    return bool(form.form_errors or form.sensitive.errors)


class RegisterEmployerView(RegisterView):
    """单位注册."""

    kind = "employer"
    route_base = "/register/employer"

    def _form(self) -> RegisterEmployerForm:
        site = current_site(read_session())
        form = with_fields(RegisterEmployerForm, site.fields, lists_of(read_session(), site.fields))(
            request.form
        )
        form.agency.choices = choices_of(
            [(str(agency.id), agency.path_name) for agency in open_agencies(read_session())],
            empty=gettext("Please choose"),
        )
        form.doc_type.choices = document_choices(read_session())
        return form

    def _form_page(self, form: RegisterEmployerForm) -> str:
        return render_template(
            "views/register/employer.html",
            form=form,
            rules=current_site(read_session()),
            passwords=passwords().rule,
        )

    def _register(self, form: RegisterEmployerForm, consent: ConsentGiven) -> int:
        site = current_site(read_session())
        wanted = employers.EmployerForm(
            name=form.text("name"),
            agency_id=parse_id(form.text("agency")) or 0,
            username=form.text("username"),
            password=form.text("password"),
            contact_name=form.text("contact_name"),
            doc_type=form.text("doc_type"),
            doc_no=form.text("doc_no"),
            mobile=form.text("mobile"),
            credit_code=form.text("credit_code"),
            address=form.text("address"),
            phone=form.text("phone"),
            data=data_of(form, site.fields),
            consent=consent,
        )
        return employers.register(
            engine(),
            actor=current_actor(),
            form=wanted,
            cipher=ports().cipher,
            passwords=passwords(),
            now=utc_now(),
        ).account_id


class RegisterPersonView(RegisterView):
    """个人注册."""

    kind = "person"
    route_base = "/register/person"

    @expose("/employers")
    @limit(SEARCHES)
    def employers(self) -> Response:
        """Type-ahead over active employers by name or credit code, from two characters on (R4)."""
        text = plain_text(request.args.get("q", "")[:100], 400)  # composing may make a text longer
        found = employer_queries.search_active(read_session(), text) if len(text) >= SHORTEST_SEARCH else ()
        return jsonify(
            [{"id": str(one.id), "text": one.name, "hint": one.credit_code or ""} for one in found]
        )

    def _form(self) -> RegisterPersonForm:
        form = RegisterPersonForm(request.form)
        form.doc_type.choices = document_choices(read_session())
        if request.method == "GET" and INVITED_BY in session:
            inviting = employer_queries.active_employer(read_session(), session[INVITED_BY])
            if inviting is not None:
                form.employer.data, form.employer_name.data = str(inviting.id), inviting.name
        return form

    def _form_page(self, form: RegisterPersonForm) -> str:
        if form.employer.errors:  # the hidden field cannot be reached; its text box can
            form.employer_name.errors, form.employer.errors = form.employer.errors, ()
        return render_template(
            "views/register/person.html",
            form=form,
            passwords=passwords().rule,
            telling=telling_types(read_session()),
        )

    def _register(self, form: RegisterPersonForm, consent: ConsentGiven) -> int:
        wanted = persons.PersonForm(
            name=form.text("name"),
            username=form.text("username"),
            password=form.text("password"),
            doc_type=form.text("doc_type"),
            doc_no=form.text("doc_no"),
            mobile=form.text("mobile"),
            employer_id=chosen_employer(form.text("employer"), form.text("employer_name")),
            sex=form.text("sex") or None,
            birth=form.birth.data,
            consent=consent,
        )
        return persons.register(
            engine(),
            actor=current_actor(),
            form=wanted,
            cipher=ports().cipher,
            passwords=passwords(),
            now=utc_now(),
        ).account_id


def chosen_employer(raw_id: str, name: str) -> int | None:
    """The employer chosen from the suggestions; without script, the one of exactly the typed name."""
    if raw_id or not name.strip():
        return parse_id(raw_id)
    found = employer_queries.search_active(read_session(), name.strip()[:100])
    same = [one.id for one in found if one.name == name.strip()]
    return same[0] if len(same) == 1 else None


def register(appbuilder: AppBuilder) -> None:
    """Register both registrations."""
    appbuilder.add_view_no_menu(RegisterEmployerView())
    appbuilder.add_view_no_menu(RegisterPersonView())
