"""Sign-in by user name or mobile and password."""

from flask_babel import lazy_gettext as _
from wtforms import PasswordField, StringField

from app.web.forms.page import Needed, PageForm


class SignInForm(PageForm):
    """普通登录."""

    username = StringField(_("User name"), [Needed()])
    password = PasswordField(_("Password"), [Needed()])
