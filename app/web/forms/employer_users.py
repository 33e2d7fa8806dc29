"""单位用户管理: a sub-account, its functions, its password (R22)."""

from flask_babel import lazy_gettext as _
from wtforms import PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, ListWidget

from app.domain.roles import EMPLOYER_ROLES
from app.web import labels
from app.web.forms.page import Needed, PageForm


class FunctionsForm(PageForm):
    """The functions of an account; an administrator holds all of them together."""

    functions = SelectMultipleField(
        _("Functions"),
        [Needed()],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        description=_("An administrator holds all four functions together."),
    )

    def offer(self) -> "FunctionsForm":
        """The four functions in the reader's language."""
        self.functions.choices = [(role.value, labels.label("role", role.value)) for role in EMPLOYER_ROLES]
        return self

    @property
    def chosen(self) -> tuple[str, ...]:
        """The ticked functions."""
        return tuple(self.functions.data or ())


class StaffForm(FunctionsForm):
    """A new sub-account."""

    order = ("full_name", "mobile", "doc_type", "doc_no", "username", "password", "functions")

    username = StringField(
        _("User name"),
        [Needed()],
        description=_("4 to 30 small letters, digits, dots, hyphens; begins with a letter"),
    )
    password = PasswordField(_("Password"), [Needed()])
    full_name = StringField(_("Full name"), [Needed()])
    mobile = StringField(_("Mobile number"), [Needed()])
    doc_type = SelectField(_("Type of ID document"), [Needed()], default="1")
    doc_no = StringField(_("ID number"), [Needed()])


class ResetForm(PageForm):
    """A new password for somebody else."""

    password = PasswordField(_("New password"), [Needed()])
