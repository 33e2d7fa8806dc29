"""单位信息维护: the employer's own data, materials, 提交申请, status and history (R9–R14, R21)."""

from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_appbuilder import AppBuilder, BaseView, expose, has_access, permission_name
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response

from app.commands import employer_materials, employers, files
from app.commands.employers import EmployerUpdate
from app.domain.errors import NotFound
from app.domain.materials import FileRule, Upload
from app.domain.registration import EmployerState
from app.domain.roles import AccountKind, Permission
from app.queries import employer_changes
from app.queries import employers as employer_queries
from app.queries.employers import EmployerDetail, EmployerStatus
from app.queries.reference import current_site, open_agencies
from app.web import files as links
from app.web import menu
from app.web.base import attempt, page_response, parse_id
from app.web.current import current_actor, engine, ports, read_session, utc_now
from app.web.forms.data import data_of, lists_of, shown, with_fields
from app.web.forms.employer import EmployerDataForm, SubmitForm, answer_name, submit_form
from app.web.forms.page import choices_of
from app.web.keys import key_of
from app.web.menu import Entry, Group
from app.web.pages import history
from app.web.pages.employer import StatusPage, status_page

__all__ = ["EmployerView", "register"]


class EmployerView(BaseView):
    """The pages of one's own employer; before approval the only ones of 系统管理 (R3)."""

    route_base = "/employer"
    class_permission_name = "Employer"
    default_view = "status"

    @expose("")
    @has_access
    @permission_name("show")
    def status(self) -> str:
        """Data, materials, what is missing, what was returned, and the history."""
        found = own()
        return self._page(found, self._submit_form(found))

    def _page(self, found: EmployerStatus, form: SubmitForm) -> str:
        page: StatusPage = status_page(found, current_site(read_session()), read_session())
        changes = employer_changes.of_employer(read_session(), current_actor(), found.employer.id)
        return render_template(
            "views/employer/status.html",
            page=page,
            employer=found.employer,
            form=form,
            may_edit=found.may_edit and current_actor().may(Permission.EMPLOYER_EDIT),
            is_new=found.employer.state in BEFORE,
            invitation=invitation_url(found.employer),
            change=next((change for change in changes if change.id == found.employer.open_change_id), None),
            last_change=changes[0] if changes else None,
        )

    def _submit_form(self, found: EmployerStatus) -> SubmitForm:
        titles = history.item_titles(current_site(read_session()))
        asked = {
            code: titles.get(code, gettext("The whole registration")) for code in sorted(found.unanswered)
        }
        return submit_form(asked)(request.form)

    @expose("/submit", methods=["POST"])
    @has_access
    @permission_name("edit")
    def submit(self) -> Response | str:
        """提交申请: hand the registration to the bureau."""
        found = own()
        form = self._submit_form(found)
        answers = {code: form.text(answer_name(code)) for code in found.unanswered}
        for code, text in answers.items():
            if not text.strip():
                form.complain(answer_name(code), gettext("Change this item or answer the remark."))
        if not form.errors and attempt(form, lambda: self._submit(form, answers)) is not None:
            flash(
                gettext("Submitted. The bureau reviews your registration; you see the result here."),
                "success",
            )
            return redirect(url_for(".status"))
        read_session().rollback()  # what this request has read is older than the command
        return page_response(self._page(own(), form), 422)

    def _submit(self, form: SubmitForm, answers: dict[str, str]) -> int:
        return employers.submit(
            engine(), actor=current_actor(), lock=form.seen, answers=answers, now=utc_now()
        )

    @expose("/edit", methods=["GET", "POST"])
    @has_access
    @permission_name("edit")
    def edit(self) -> Response | str:
        """Change the data; after approval name, credit code and bureau go by a request (A18)."""
        found = own()
        form = self._data_form(found)
        if request.method == "POST" and attempt(form, lambda: self._update(form, found)) is not None:
            flash(gettext("Saved."), "success")
            return redirect(url_for(".status"))
        site = current_site(read_session())
        page = render_template(
            "views/employer/edit.html",
            form=form,
            employer=found.employer,
            rules=site,
            is_new=found.employer.state in BEFORE,
            flags=status_page(found, site, read_session()).flags,
        )
        return page_response(page, 422) if request.method == "POST" else page

    def _data_form(self, found: EmployerStatus) -> EmployerDataForm:
        site, employer = current_site(read_session()), found.employer
        made = with_fields(EmployerDataForm, site.fields, lists_of(read_session(), site.fields))
        values = {
            "lock": employer.lock,
            "name": employer.name,
            "agency": str(employer.agency_id),
            "credit_code": employer.credit_code or "",
            "address": employer.data.get("address") or "",
            "phone": employer.data.get("phone") or "",
        }
        form = made(request.form, data=values | shown(site.fields, employer.data))
        form.agency.choices = agency_choices()
        return form

    def _update(self, form: EmployerDataForm, found: EmployerStatus) -> int:
        site, is_new = current_site(read_session()), found.employer.state in BEFORE
        wanted = EmployerUpdate(
            name=form.text("name") if is_new else None,
            agency_id=(parse_id(form.text("agency")) or 0) if is_new else None,
            credit_code=form.text("credit_code") if is_new else None,
            address=form.text("address"),
            phone=form.text("phone"),
            data=data_of(form, site.fields),
        )
        return employers.update_data(
            engine(), actor=current_actor(), lock=form.seen, form=wanted, now=utc_now()
        )

    @expose("/materials", methods=["POST"])
    @has_access
    @permission_name("edit")
    def upload(self) -> Response:
        """上传附件: one file of one material; JSON for the dialog's script."""
        code = request.form.get("type", "")
        material = current_site(read_session()).material(code)
        given = request.files.getlist("file")
        if material is None or not given:
            raise NotFound
        stored = files.store_uploads(
            engine(),
            actor=current_actor(),
            uploads=[Upload(one.filename or "", one.read()) for one in given],
            rule=FileRule(material.types, material.max_mb, material.max_files),
            field=material.code,
            vault=ports().vault,
            images=ports().images,
            now=utc_now(),
        )
        made = [self._attach(material.code, file.blob_id, file.file_name) for file in stored]
        answer = {"id": str(made[0]), "name": stored[0].file_name, "url": links.attachment(made[0]).preview}
        return jsonify(answer)

    def _attach(self, slot: str, blob_id: int, file_name: str) -> int:
        return employer_materials.attach(
            engine(), actor=current_actor(), slot=slot, blob_id=blob_id, file_name=file_name, now=utc_now()
        )

    @expose("/materials/<string:key>/remove", methods=["POST"])
    @has_access
    @permission_name("edit")
    def remove(self, key: str) -> Response:
        """Take an attachment off again while the registration is not submitted."""
        actor, attachment_id = current_actor(), key_of(key)
        if employer_materials.detach(engine(), actor=actor, attachment_id=attachment_id, now=utc_now()):
            flash(gettext("The file was removed."), "success")
        else:
            flash(gettext("This file had been removed before; nothing changed."), "info")
        return redirect(url_for(".status"))


BEFORE = frozenset({EmployerState.DRAFT.value, EmployerState.RETURNED.value})
"""States in which the whole registration may still be changed."""


def own() -> EmployerStatus:
    """The employer of the account that asks; NotFound for other parties."""
    return employer_queries.own_status(read_session(), current_actor())


def invitation_url(employer: EmployerDetail) -> str:
    """The link that fills in this employer when its people register; only an active one can be chosen."""
    if employer.state != EmployerState.ACTIVE:
        return ""
    return url_for("RegisterPersonView.notice", employer=employer.id, _external=True)


def agency_choices() -> list[tuple[str, Any]]:
    """The bureaus open for employers, each with its full path (A3)."""
    pairs = [(str(agency.id), agency.path_name) for agency in open_agencies(read_session())]
    return choices_of(pairs, empty=gettext("Please choose"))


def register(appbuilder: AppBuilder) -> None:
    """The pages and their line in 系统管理."""
    appbuilder.add_view_no_menu(EmployerView())
    menu.add(
        Entry(
            "EmployerView.status",
            lazy_gettext("Data of the employer"),
            Group.SYSTEM,
            icon="building",
            order=10,
            kinds=frozenset({AccountKind.EMPLOYER}),
            tile=True,
            note=lazy_gettext("Data, materials, status of the registration"),
        )
    )
