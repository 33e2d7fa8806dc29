"""Texts of SMS and in-app messages: rows that superusers edit; places are checked before they are saved (I4)."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import AppBuilder, expose, has_access
from flask_appbuilder.models.filters import BaseFilter
from flask_babel import gettext, lazy_gettext
from sqlalchemy import select
from wtforms import HiddenField, TextAreaField

from app.access.scope import visible
from app.commands import messages as commands
from app.domain.errors import NotFound
from app.domain.messages import LONGEST, places_of
from app.domain.roles import AccountKind
from app.models.reference import Code, CodeList
from app.queries.reference import TEMPLATES_LIST
from app.web import labels, menu
from app.web.base import ScopedInterface, attempt, page_response
from app.web.current import current_actor, engine, read_session, utc_now
from app.web.forms.page import Needed, PageForm
from app.web.keys import key_of
from app.web.menu import Entry, Group
from app.web.views.reference import ConfigurationView

_ = lazy_gettext


class Templates(BaseFilter):
    """Only the texts of messages."""

    def apply(self, query: Any, value: object) -> Any:
        """The codes of that list."""
        del value
        return query.filter(Code.list_id.in_(select(CodeList.id).where(CodeList.code == TEMPLATES_LIST)))


class TextForm(PageForm):
    """The words of one message, and those that were there when it was opened."""

    words = TextAreaField(_("Text"), [Needed()])
    seen = HiddenField()


class MessageTextView(ConfigurationView):
    """A generated list; each text has an editor of its own that knows which places it may have."""

    datamodel = ScopedInterface(Code)
    route_base = "/message-texts"
    class_permission_name = "Configuration"
    include_route_methods = {"list", "edit"}
    base_filters = [["code", Templates, ""]]
    list_title = _("Message texts")
    label_columns = {"code": _("Message"), "title": _("Text")}
    list_columns = ["code", "title"]
    search_columns = ["title"]
    order_columns: list[str] = []
    base_order = ("position", "asc")
    formatters_columns = {"code": lambda code: labels.label("template", code)}

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @has_access
    def edit(self, pk: str) -> Any:
        """The words of one message; a place without a value is named at the field."""
        row = _row(key_of(pk))
        if request.method == "GET":
            return self._editor(TextForm(data={"words": row.title, "seen": row.title}), row.code)
        form = TextForm(request.form)
        saved = attempt(form, lambda: self._save(form, row.id))
        if saved is None:
            return page_response(self._editor(form, row.code), 422)
        flash(gettext("Saved. Messages sent from now on have the new text."), "success")
        return redirect(url_for(".list"))

    @staticmethod
    def _save(form: TextForm, text_id: int) -> bool:
        text, seen = form.text("words"), form.text("seen")
        commands.save_text(
            engine(), actor=current_actor(), text_id=text_id, text=text, seen=seen, now=utc_now()
        )
        return True

    def _editor(self, form: TextForm, template: str) -> str:
        places = [f"{{{place}}}" for place in places_of(template).allowed]
        return str(
            self.render_template(
                "views/message_texts/edit.html", form=form, message=template, places=places, longest=LONGEST
            )
        )


def _row(text_id: int) -> Any:
    statement = select(Code.id, Code.code, Code.title).join(CodeList, CodeList.id == Code.list_id)
    wanted = statement.where(Code.id == text_id, CodeList.code == TEMPLATES_LIST)
    row = read_session().execute(visible(wanted, current_actor(), Code)).first()
    if row is None:
        raise NotFound
    return row


def register(appbuilder: AppBuilder) -> None:
    """The view and its line in the sidebar."""
    appbuilder.add_view_no_menu(MessageTextView())
    menu.add(
        Entry(
            "MessageTextView.list",
            _("Message texts"),
            Group.SYSTEM,
            icon="device-mobile",
            order=75,
            kinds=frozenset({AccountKind.SUPERUSER}),
            tile=True,
            note=_("What an SMS says after a decision"),
        )
    )
