"""Stored files: a page with all page images, the images, the original as an attachment (R30, D22, T13, T15).

The right to see a file is the right to see its owner, asked anew each time; an address holds no content
digest and nobody's name. Uploaded bytes are never shown: previews are pictures the product made itself.
"""

from typing import Any

from flask import Response, current_app, jsonify, redirect
from flask_appbuilder import AppBuilder, BaseView, expose
from flask_babel import gettext

from app.commands import openings
from app.domain.file_ref import parse_ref
from app.queries import stored_files
from app.queries.stored_files import FoundFile
from app.web import files
from app.web.current import current_actor, engine, ports, read_session, utc_now
from app.web.deliver import attachment, secured
from app.web.errors import back_url, wants_problem
from app.web.visitors import signed_in

WAITING = "waiting"
WAITING_WIDTH = 481
"""By it js/desk.js knows that it has to ask again; no page image is as wide."""
FAILED_WIDTH = 480


class FileView(BaseView):
    """Files of employers, cases and rosters."""

    route_base = "/files"
    default_view = "show"

    @expose("/<string:ref>")
    @signed_in
    def show(self, ref: str) -> str:
        """The page of a file: all page images in place and the download beside them."""
        found = _find(ref)
        openings.record_view(engine(), actor=current_actor(), ref=found.ref, now=utc_now())
        return self.render_template("views/file/show.html", file=found, link=files.link(found.ref))

    @expose("/<string:ref>/page/<int:n>")
    @signed_in
    def page(self, ref: str, n: int) -> Response:
        """A page image; a placeholder while it is being made, so that no page shows a broken picture."""
        found = _find(ref)
        image = stored_files.page_image(read_session(), found, n, vault=ports().vault)
        if image is None:
            return _pictured(self._placeholder(found.preview_state), found.preview_state)
        openings.record_page(engine(), actor=current_actor(), found=found, now=utc_now())
        return _pictured(Response(image, mimetype="image/jpeg"))

    def _placeholder(self, state: str) -> Response:
        """A picture that says in words why there is no page image yet."""
        is_waiting = state == WAITING
        # without the context of a page: a desk asks for several of these again and again
        picture = current_app.jinja_env.get_template("views/file/placeholder.svg").render(
            width=WAITING_WIDTH if is_waiting else FAILED_WIDTH,
            text=gettext("The preview is being made …")
            if is_waiting
            else gettext("No preview: please download"),
        )
        return Response(picture, mimetype="image/svg+xml")

    @expose("/<string:ref>/download")
    @signed_in
    def download(self, ref: str) -> Response:
        """The original under its own name, never inline."""
        found = _find(ref)
        data = stored_files.content(found, vault=ports().vault, images=ports().images)
        openings.record_download(engine(), actor=current_actor(), found=found, now=utc_now())
        return attachment(data, found.type, found.file_name)

    @expose("/<string:ref>/status")
    @signed_in
    def status(self, ref: str) -> Response:
        """Whether the preview is ready."""
        found = _find(ref)
        return jsonify({"state": found.preview_state, "pages": found.pages})

    @expose("/<string:ref>/view", methods=["POST"])
    @signed_in
    def view(self, ref: str) -> Any:
        """Record that this account opened the file: the tick on the desk."""
        openings.record_view(engine(), actor=current_actor(), ref=parse_ref(ref), now=utc_now())
        if wants_problem():
            return jsonify({"viewed": True})
        return redirect(back_url() or files.Link(ref).preview)


def _find(ref: str) -> FoundFile:
    return stored_files.find(read_session(), current_actor(), parse_ref(ref))


def _pictured(answer: Response, state: str = "done") -> Response:
    """A page image or its placeholder; `X-Preview` says which."""
    answer.headers["X-Preview"] = state
    return secured(answer)


def register(appbuilder: AppBuilder) -> None:
    """Register the view; it has no menu entry."""
    appbuilder.add_view_no_menu(FileView())
