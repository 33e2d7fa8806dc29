"""A reviewer's verdict on registrations: one reason for a batch, item by item on the desk (R14, R26)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort
from flask_babel import gettext, lazy_gettext
from werkzeug.datastructures import MultiDict
from wtforms import IntegerField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.domain.programme import Reason
from app.domain.registration import Finding, Verdict
from app.queries.registrations import PERSON_FIELDS
from app.web.forms.page import PageForm
from app.web.pages.history import FIELDS

_ = lazy_gettext
REASON_LENGTH = 200
OPINION_LENGTH = 500
APPROVE, SEND_BACK = Verdict.APPROVE.value, Verdict.SEND_BACK.value


class VerdictForm(PageForm):
    """审核通过 or 退回修改 with one reason for every ticked row.

    A return says what has to be corrected: it names fields or carries words.
    """

    verdict = RadioField(
        _("Decision"),
        choices=[(APPROVE, _("Approve")), (SEND_BACK, _("Return for correction"))],
        validators=[InputRequired(_("Please choose a decision."))],
    )
    fields = SelectMultipleField(
        _("What has to be corrected"),
        choices=[(code, _("Full name") if code == "name" else FIELDS[code]) for code in PERSON_FIELDS],
        widget=ListWidget(),
        option_widget=CheckboxInput(),
    )
    reason_code = SelectField(_("Reason of return"), validators=[Optional()], validate_choice=False)
    text = TextAreaField(
        _("Explanation for the applicant"), validators=[Optional(), Length(max=REASON_LENGTH)]
    )

    def offer(self, reasons: Iterable[Reason]) -> "VerdictForm":
        """The reasons of the site that fit a whole registration."""
        offered = tuple(reasons)
        self.reason_code.choices = [("", _("Please choose"))] + [
            (reason.code, reason.title) for reason in offered
        ]
        self.wordless = frozenset(reason.code for reason in offered if not reason.text_required)
        return self

    def validate(self, extra_validators: Any = None) -> bool:
        """Besides the fields' own checks: whether a return says enough; the command judges the reason again."""
        is_valid = super().validate(extra_validators)
        if not is_valid or self.verdict.data != SEND_BACK:
            return bool(is_valid)
        said = bool((self.text.data or "").strip())
        if not self.reason_code.data:
            self.complain("reason_code", gettext("Choose a reason of return."))
        elif not said and self.reason_code.data not in self.wordless:
            self.complain("text", gettext("Please give a reason."))
        elif not said and not self.fields.data:
            self.complain("fields", gettext("Tick what has to be corrected, or explain it."))
        return not self.errors

    @property
    def findings(self) -> tuple[Finding, ...]:
        """One finding for each ticked field, without any one for the whole registration; none when approving."""
        if self.verdict.data != SEND_BACK:
            return ()
        reason, text = self.reason_code.data or "", (self.text.data or "").strip()
        return tuple(Finding(reason, text, field=code) for code in self.fields.data or (None,))


class OpinionForm(PageForm):
    """The desk's opinion; the items that are returned come as fields of their own."""

    opinion = StringField(_("Opinion"), validators=[Optional(), Length(max=OPINION_LENGTH)])


class ReasonForm(PageForm):
    """A verb that needs a reason and nothing else."""

    reason = TextAreaField(
        _("Reason"), validators=[InputRequired(_("Please give a reason.")), Length(max=REASON_LENGTH)]
    )


class LockForm(PageForm):
    """The version of the record that the page was made with."""

    lock = IntegerField(validators=[Optional()])

    @property
    def seen(self) -> int:
        """The lock; a post without one did not come from a page of ours (422)."""
        if self.lock.data is None:
            abort(422)
        return int(self.lock.data)


@dataclass(frozen=True, slots=True)
class Item:
    """What may be returned on a desk: a field, a material or everything."""

    kind: str
    code: str
    title: str

    @property
    def key(self) -> str:
        """Its name in the form."""
        return f"{self.kind}:{self.code}" if self.code else self.kind


def findings_of(posted: "MultiDict[str, Any]", items: Sequence[Item]) -> tuple[Finding, ...]:
    """The ticked items with their reasons, in the order of the desk.

    Fields of the form: `item` (many: the keys ticked), `reason:<key>`, `text:<key>`.
    """
    ticked = frozenset(posted.getlist("item"))
    return tuple(_finding(item, posted) for item in items if item.key in ticked)


def _finding(item: Item, posted: "MultiDict[str, Any]") -> Finding:
    return Finding(
        posted.get(f"reason:{item.key}", ""),
        posted.get(f"text:{item.key}", "").strip()[:REASON_LENGTH],
        field=item.code if item.kind == "field" else None,
        material=item.code if item.kind == "material" else None,
    )
