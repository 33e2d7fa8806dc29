"""Forms of superusers over accounts: a new officer, roles, a new password (I4, D8)."""

from collections.abc import Iterable, Mapping

from flask_babel import lazy_gettext as _
from wtforms import PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, ListWidget

from app.commands.accounts import AccountForm
from app.web.base import parse_id
from app.web.forms.page import Needed, PageForm, choices_of

NEEDED = Needed()


class RolesForm(PageForm):
    """The roles an officer holds."""

    roles = SelectMultipleField(
        _("Roles"),
        [NEEDED],
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def offer_roles(self, titles: Mapping[str, str]) -> None:
        """Roles that may be given to officers."""
        self.roles.choices = list(titles.items())


class PasswordForm(PageForm):
    """A new first password; its owner has to choose another at the next sign-in."""

    password = PasswordField(_("New password"), [NEEDED])


class OfficerForm(RolesForm):
    """A new officer: who he is (D8), where he works, what he may do."""

    full_name = StringField(_("Name"), [NEEDED])
    doc_type = SelectField(_("Document type"), [NEEDED], validate_choice=False)
    doc_no = StringField(_("Document number"), [NEEDED])
    mobile = StringField(_("Mobile number"), [NEEDED])
    agency = SelectField(_("Bureau"), [NEEDED], validate_choice=False)
    username = StringField(_("User name"), [NEEDED])
    password = PasswordField(_("First password"), [NEEDED])

    def offer(
        self, *, agencies: Iterable[tuple[int, str]], documents: Mapping[str, str], roles: Mapping[str, str]
    ) -> None:
        """The choices of this installation."""
        self.agency.choices = choices_of(((str(key), name) for key, name in agencies), _("Please choose"))
        self.doc_type.choices = list(documents.items())
        self.offer_roles(roles)

    @property
    def values(self) -> AccountForm:
        """What the command takes."""
        return AccountForm(
            username=self.username.data or "",
            password=self.password.data or "",
            full_name=self.full_name.data or "",
            doc_type=self.doc_type.data or "",
            doc_no=self.doc_no.data or "",
            mobile=self.mobile.data or "",
        )

    @property
    def agency_id(self) -> int:
        """The chosen bureau; the command refuses one that does not exist."""
        return parse_id(self.agency.data) or 0


class ReleaseForm(PageForm):
    """A number that someone else needs, and why it may be freed (R8, A7)."""

    kind = SelectField(_("Kind of number"), [NEEDED], validate_choice=False)
    number = StringField(_("Number"), [NEEDED])
    reason = StringField(_("Reason"), [NEEDED])

    def offer(self, documents: Mapping[str, str]) -> None:
        """Mobile number or one of the document types."""
        self.kind.choices = [("mobile", _("Mobile number")), *documents.items()]
