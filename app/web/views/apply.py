"""The person's application: start, fill in, check, submit, correct, withdraw (I1, R27, R29)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask import abort, flash, jsonify, redirect, request, url_for
from flask_appbuilder import BaseView, expose, has_access, permission_name
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response

from app.commands import applications, drafts, materials, submissions
from app.commands.submissions import Answer
from app.domain.errors import NotFound
from app.domain.materials import MEGABYTE, REENCODED_MB, Upload
from app.domain.roles import AccountKind
from app.domain.states import Status
from app.queries import drafts as reading
from app.queries import starting
from app.queries.drafts import DraftView
from app.web import big_uploads, menu, moments
from app.web.base import attempt, page_response
from app.web.current import current_actor, engine, ports, read_session, submission_key, utc_now
from app.web.forms.apply import CaseForm, shown_values, typed_answers, typed_values
from app.web.keys import key_of
from app.web.menu import Entry, Group
from app.web.pages import apply as apply_pages
from app.web.pages import apply_check as check_pages
from app.web.pages import case as case_pages
from app.web.posted import posted_lock

_ = lazy_gettext
NOTHING: Mapping[str, str] = MappingProxyType({})
WITH_APPLICANT = (Status.DRAFT, Status.RETURNED)


class ApplyView(BaseView):
    """`/apply`: one's own applications and the way to a new one."""

    route_base = "/apply"
    class_permission_name = "Application"
    default_view = "start"

    @expose("")
    @has_access
    @permission_name("apply")
    def start(self) -> str:
        """Own cases, cards, and every kind that may be started or why not."""
        session, actor = read_session(), current_actor()
        options = starting.options(session, actor, utc_now())
        return str(
            self.render_template(
                "views/apply/start.html", page=case_pages.start_page(session, actor, options)
            )
        )

    @expose("/new/<string:programme>/<string:kind>", methods=["GET", "POST"])
    @has_access
    @permission_name("apply")
    def new(self, programme: str, kind: str) -> Any:
        """Step 1: what to have ready; the POST makes the draft."""
        if request.method == "POST":
            made = drafts.new(
                engine(),
                actor=current_actor(),
                programme=programme,
                kind=kind,
                now=utc_now(),
                key=submission_key(),
            )
            return redirect(url_for(".form", key=made.application_id))
        found = [
            option
            for option in starting.options(read_session(), current_actor(), utc_now())
            if option.programme.code == programme and option.kind.code == kind
        ]
        if not found:
            raise NotFound
        if found[0].blocks:
            return redirect(url_for(".start"))
        return self.render_template("views/apply/notice.html", page=case_pages.notice_page(found[0]))

    @expose("/<string:key>/form", methods=["GET", "POST"])
    @has_access
    @permission_name("apply")
    def form(self, key: str) -> Any:
        """Step 2: entries and materials. What is well-formed is saved even beside a mistake."""
        view = _draft(key)
        if view is None:
            return redirect(url_for(".status", key=key))
        if request.method == "GET":
            return self._form(view, apply_pages.form_for(view))
        form, saved = _save(view)
        if saved and not form.errors:
            if request.form.get("next") == "check":
                return redirect(url_for(".check", key=view.id))
            flash(gettext("The draft was saved."), "success")
            return redirect(url_for(".form", key=view.id))
        again = _draft(key) or view
        changed = apply_pages.changed_elsewhere(again, form, request.form)
        before = {name: shown for name, (shown, _now) in changed.items()}
        return page_response(self._form(again, _with_mistakes(again, form), before), 422)

    def _form(self, view: DraftView, form: CaseForm, shown_before: Mapping[str, str] = NOTHING) -> str:
        page = apply_pages.form_page(view, form, shown_before)
        return str(self.render_template("views/apply/form.html", page=page))

    @expose("/<string:key>/save", methods=["POST"])
    @has_access
    @permission_name("apply")
    def autosave(self, key: str) -> Response:
        """Save while typing; the answer says what the entries now ask for and what is malformed."""
        application_id = key_of(key)
        view = reading.draft(read_session(), current_actor(), application_id, now=utc_now())
        form, saved = _save(view)
        if form.form_errors and not saved:
            drafts.save(
                engine(),
                actor=current_actor(),
                application_id=application_id,
                lock=posted_lock(),
                data={},
                cipher=ports().cipher,
                now=utc_now(),
            )
        read_session().rollback()
        now = reading.draft(read_session(), current_actor(), application_id, now=utc_now())
        changed = apply_pages.changed_elsewhere(now, form, request.form)
        mistakes = {f"f-{name}": labels_of(errors) for name, errors in form.errors.items() if name}
        return jsonify(
            lock=str(now.lock),
            saved=moments.local(utc_now(), "%H:%M"),
            asked=apply_pages.asked(now),
            slots=apply_pages.slots(now),
            saved_at=now.saved_at.isoformat() if now.saved_at else "",
            mistakes=mistakes,
            changed={name: text for name, (_shown, text) in changed.items()},
            kept=apply_pages.control_texts(
                now, typed_values(now.programme, request.form).keys() - form.errors.keys()
            ),
        )

    @expose("/<string:key>/materials", methods=["POST"])
    @has_access
    @permission_name("apply")
    def upload(self, key: str) -> Response:
        """One file for one material; the answer says what the automatic checks find in it.

        Refused files are named with their cause (415, 413, 422).
        """
        given = [Upload(file.filename or "", file.read()) for file in request.files.getlist("file")]
        if not given:
            abort(422)
        slot = request.form.get("type", "")
        held = materials.attach_material(
            engine(),
            actor=current_actor(),
            application_id=key_of(key),
            slot=slot,
            uploads=given,
            vault=ports().vault,
            images=ports().images,
            now=utc_now(),
            replace=True,
        )
        read_session().rollback()  # what this request has read so far is older than the file
        view = reading.draft(read_session(), current_actor(), key_of(key), now=utc_now())
        name = held[-1].file_name
        return jsonify(files=len(held), name=name, remarks=apply_pages.remarks_on(view, slot, name))

    @expose("/<string:key>/materials/<string:slot>/<string:blob>/remove", methods=["POST"])
    @has_access
    @permission_name("apply")
    def remove(self, key: str, slot: str, blob: str) -> Response:
        """Take a file off a material."""
        materials.remove_material(
            engine(),
            actor=current_actor(),
            application_id=key_of(key),
            slot=slot,
            blob_id=key_of(blob),
            now=utc_now(),
        )
        flash(gettext("The file was removed."), "success")
        return redirect(url_for(".form", key=key, _anchor=f"material-{slot}"))

    @expose("/<string:key>/check")
    @has_access
    @permission_name("apply")
    def check(self, key: str) -> Any:
        """Step 3: everything once more, with what is missing."""
        view = _draft(key)
        if view is None:
            return redirect(url_for(".status", key=key))
        return self.render_template("views/apply/check.html", page=check_pages.check_page(view))

    @expose("/<string:key>/submit", methods=["POST"])
    @has_access
    @permission_name("apply")
    def submit(self, key: str) -> Any:
        """Step 4: freeze and hand over; mistakes come back to the check page."""
        said = typed_answers(request.form)
        box = CaseForm({})
        done = attempt(
            box,
            lambda: submissions.submit(
                engine(),
                actor=current_actor(),
                application_id=key_of(key),
                lock=posted_lock(),
                answers=_answers(said),
                key=submission_key(),
                now=utc_now(),
            ),
        )
        if done is not None:
            return redirect(url_for(".receipt", key=key))
        read_session().rollback()
        view = _draft(key)
        if view is None:
            return redirect(url_for(".status", key=key))
        page = check_pages.check_page(view, said=said, general=box.form_errors)
        return page_response(self.render_template("views/apply/check.html", page=page), 422)

    @expose("/<string:key>/receipt")
    @has_access
    @permission_name("apply")
    def receipt(self, key: str) -> str:
        """The number of the case and what happens next."""
        found = case_pages.own_case(read_session(), current_actor(), key_of(key), utc_now())
        return str(self.render_template("views/apply/receipt.html", page=case_pages.receipt_page(found)))

    @expose("/<string:key>")
    @has_access
    @permission_name("apply")
    def status(self, key: str) -> str:
        """Where the case stands, step by step, and what can be done."""
        found = case_pages.own_case(read_session(), current_actor(), key_of(key), utc_now())
        return str(self.render_template("views/apply/status.html", page=case_pages.status_page(found)))

    @expose("/<string:key>/withdraw", methods=["POST"])
    @has_access
    @permission_name("apply")
    def withdraw(self, key: str) -> Response:
        """Take the application back."""
        row_id = key_of(key)
        result = applications.withdraw(
            engine(),
            actor=current_actor(),
            ids=[row_id],
            seen={row_id: posted_lock()},
            key=submission_key(),
            now=utc_now(),
        )
        applications.required(result, row_id)
        flash(gettext("The application was withdrawn."), "success")
        return redirect(url_for(".status", key=key))


def _draft(key: str) -> DraftView | None:
    """One's own case while it is with the applicant; None when it is not. Raises NotFound."""
    view = reading.draft(read_session(), current_actor(), key_of(key), now=utc_now())
    return view if view.status in WITH_APPLICANT else None


def _save(view: DraftView) -> tuple[CaseForm, bool]:
    """Save what was typed; beside a malformed value the rest is saved and the form holds the mistake."""
    typed = typed_values(view.programme, request.form)
    form = apply_pages.form_for(view, typed)
    if _saved(form, view, typed):
        return form, True
    rest = {code: text for code, text in typed.items() if not (code in form and form[code].errors)}
    if len(rest) == len(typed):
        return form, False
    return form, _saved(apply_pages.form_for(view), view, rest)


def _saved(form: CaseForm, view: DraftView, data: Mapping[str, object]) -> bool:
    saved = attempt(
        form,
        lambda: drafts.save(
            engine(),
            actor=current_actor(),
            application_id=view.id,
            lock=posted_lock(),
            data=data,
            shown=shown_values(request.form),
            cipher=ports().cipher,
            now=utc_now(),
        ),
    )
    return saved is not None


def _with_mistakes(view: DraftView, posted: CaseForm) -> CaseForm:
    """The form for what the answers now ask, with the mistakes of the post."""
    form = apply_pages.form_for(view, posted.data)
    for item in posted:
        if item.errors and item.short_name in form:
            form[item.short_name].errors = item.errors
    form.form_errors = posted.form_errors
    return form


def labels_of(errors: object) -> str:
    """Errors of one field as one text."""
    return "; ".join(str(error) for error in errors) if isinstance(errors, list | tuple) else str(errors)


def _answers(said: Mapping[str, str]) -> list[Answer]:
    found = []
    for name, text in said.items():
        kind, _colon, code = name.partition(":")
        found.append(Answer(kind, code, text))
    return found


def register(appbuilder: Any) -> None:
    """Register the view and its line in the sidebar."""
    appbuilder.add_view_no_menu(ApplyView())
    big_uploads.allow("ApplyView.upload", (REENCODED_MB + 1) * MEGABYTE)
    menu.add(
        Entry(
            "ApplyView.start",
            _("My applications"),
            Group.BUSINESS,
            icon="file-text",
            order=10,
            kinds=frozenset({AccountKind.PERSON}),
            tile=True,
            note=_("Apply, follow the progress, correct what was returned"),
        )
    )
