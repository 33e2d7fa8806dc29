"""/styleguide: every component beside its code, for whoever writes pages; not in production."""

from pathlib import Path
from re import findall
from typing import Any

from flask import current_app
from flask_appbuilder import AppBuilder, BaseView, expose, has_access, permission_name
from flask_babel import lazy_gettext
from wtforms import BooleanField, DateField, Form, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired

from app.web.current import utc_now
from app.web.views.health import settings

_ = lazy_gettext
FOLDER = "views/styleguide/examples"


class SampleForm(Form):
    """A field of each usual kind."""

    name = StringField(_("Name"), [InputRequired()])
    day = DateField(_("Date"))
    kind = SelectField(_("Category"), choices=[("a", "A"), ("b", "B")])
    employer = StringField(_("Employer"))
    employer_id = HiddenField()
    agreed = BooleanField(_("I have read this and agree"), [InputRequired()])


class StyleGuideView(BaseView):
    """The page; each file of `examples` is a section of it."""

    route_base = "/styleguide"
    class_permission_name = "Configuration"
    default_view = "show"

    @expose("")
    @has_access
    @permission_name("manage")
    def show(self) -> str:
        """Every example as it looks and as it is written, the tokens, the icons."""
        form = SampleForm()
        form.name.errors = [_("This field is required.")]
        return str(
            self.render_template(
                "views/styleguide/page.html",
                examples=_examples(),
                tokens=findall(r"(--[\w-]+): (#\w+);", _static("app.css")),
                icons=findall(r'<symbol[^>]* id="([\w-]+)"', _static("icons.svg")),
                form=form,
                now=utc_now(),
            )
        )


def _examples() -> list[dict[str, Any]]:
    folder = Path(current_app.root_path) / "templates" / FOLDER
    return [
        {
            "name": path.stem,
            "template": f"{FOLDER}/{path.name}",
            "source": path.read_text(encoding="utf-8").strip(),
        }
        for path in sorted(folder.glob("*.html"))
    ]


def _static(name: str) -> str:
    return (Path(current_app.static_folder or "") / name).read_text(encoding="utf-8")


def register(appbuilder: AppBuilder) -> None:
    """Register the page where pages are written, never in production."""
    if not settings().is_production:
        appbuilder.add_view_no_menu(StyleGuideView())
