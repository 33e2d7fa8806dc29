"""Applications: list, search, one case, the applicant's way from draft to submission, decisions, undo."""

from collections.abc import Mapping
from typing import Any

from app.access.policy import require
from app.commands import applications as commands
from app.commands import drafts, materials, submissions
from app.commands.submissions import Answer
from app.domain.form import TargetKind
from app.domain.number_shapes import looks_like_number
from app.domain.roles import AccountKind, Permission
from app.domain.states import Status
from app.queries import applications as reading
from app.queries import desk
from app.queries.applications import ANY_OPEN, Filters
from app.queries.places import places
from app.web.api import case_rows, decide, results, wire
from app.web.api.body import Form, Given
from app.web.api.call import ROOT, CallApi, Takes, call
from app.web.api.search import LONGEST, NAME
from app.web.api.shapes import ID_LENGTH, Choice, Flag, ListOf, MapOf, Obj, Shape, Text, Value, Whole
from app.web.current import current_actor, engine, ports, read_session, utc_now
from app.web.keys import key_of
from app.web.number_search import digests

STATUSES = (ANY_OPEN, *(status.value for status in Status))
CODE = Text(ID_LENGTH, 1)
FILTERS: Mapping[str, Shape] = {"status": Choice(STATUSES), "stage": CODE, "ready": Flag(), "q": NAME}
ANSWERS_MAX, WORDS_LENGTH = 200, 2000
LOCKED = Obj({"lock": Whole()}, required=("lock",))
ANSWER = Obj(
    {"field": CODE, "material": CODE, "text": Text(WORDS_LENGTH, lines=True)},
    required=("text",),
    at_most_one=("field", "material"),
)
SUBMISSION = Obj(
    {"lock": Whole(), "answers": ListOf(ANSWER, ANSWERS_MAX)}, required=("lock",), defaults={"answers": []}
)
MOVED = wire.of(
    id=wire.ID,
    no=wire.nullable(wire.STRING),
    lock=wire.WHOLE,
    status=wire.STATUS,
    stage=wire.nullable(wire.STRING),
)
SAVED = wire.of(id=wire.ID, lock=wire.WHOLE, saved_at=wire.MOMENT, errors=wire.many(case_rows.MISTAKE))
HELD = wire.of(type=wire.STRING, files=wire.many(wire.of(id=wire.ID, name=wire.STRING, sha256=wire.STRING)))


def _moved(application_id: int) -> dict[str, Any]:
    """A case of one's own doing as it stands now."""
    read_session().rollback()  # what this request has read is older than the command
    moved = [application_id]
    row = places(read_session(), current_actor(), moved, moved=moved)[application_id]
    return {
        "id": str(row.id),
        "no": row.no,
        "lock": row.lock,
        "status": row.status,
        "stage": row.stage_code,
    }


class ApplicationApi(CallApi):
    """`/applications`."""

    route_base = f"{ROOT}/applications"
    class_permission_name = "Application"
    openapi_spec_tag = "applications"

    @call(
        "",
        about="Applications in the caller's scope, newest first; an applicant sees his own",
        right="show",
        answer=wire.page_schema(case_rows.ITEM),
        takes=Takes(query={**FILTERS, **wire.PAGING}),
    )
    def directory(self, given: Given) -> object:
        """Applications by status, stage, readiness, name or number."""
        _require_list()
        query = given.query
        filters = Filters(
            status=query["status"] or "",
            stage=query["stage"] or "",
            ready=query["ready"],
            q=query["q"] or "",
        )
        found = reading.search(read_session(), current_actor(), filters, **wire.paging(query))
        return wire.page(found, case_rows.item)

    @call(
        "/search",
        "POST",
        about="Applications by name, case number, ID number or mobile",
        right="show",
        answer=wire.page_schema(case_rows.ITEM),
        takes=Takes(body=Obj({"q": Text(LONGEST, 1)}, required=("q",)), query=wire.PAGING),
    )
    def search(self, given: Given) -> object:
        """As the list; numbers are compared by their blind index and stand in no address."""
        _require_list()
        text = given.body["q"]
        found = digests(ports().cipher, text) if looks_like_number(text) else ()
        filters = Filters(digests=found) if found else Filters(q=text)
        page = reading.search(read_session(), current_actor(), filters, **wire.paging(given.query))
        return wire.page(page, case_rows.item)

    @call(
        "/<string:key>",
        about="One case: version, materials, timeline, actions; reading never opens it",
        right="show",
        answer=case_rows.CASE,
    )
    def show(self, given: Given, key: str) -> object:
        """Everything of one case."""
        del given
        found = desk.case(read_session(), current_actor(), key_of(key), now=utc_now())
        return case_rows.case(found)

    @call(
        "",
        "POST",
        about="Start a draft of one's own",
        right="apply",
        answer=MOVED,
        status=201,
        refusals=(404, 409),
        takes=Takes(body=Obj({"programme": CODE, "kind": CODE}, required=("programme", "kind")), key=True),
    )
    def create(self, given: Given) -> object:
        """A draft of a kind in the published version of a programme."""
        made = drafts.new(
            engine(),
            actor=current_actor(),
            programme=given.body["programme"],
            kind=given.body["kind"],
            now=utc_now(),
            key=given.key,
        )
        return _moved(made.application_id)

    @call(
        "/<string:key>",
        "PUT",
        about="Save answers of one's own draft, field by field; null clears one",
        right="apply",
        answer=SAVED,
        refusals=(409,),
        takes=Takes(body=Obj({"lock": Whole(), "data": MapOf(Value())}, required=("lock", "data"))),
    )
    def save(self, given: Given, key: str) -> object:
        """Nothing is stored if one answer is malformed; `errors` say what keeps the draft from submission."""
        application_id = key_of(key)
        saved = drafts.save(
            engine(),
            actor=current_actor(),
            application_id=application_id,
            lock=given.body["lock"],
            data=given.body["data"],
            cipher=ports().cipher,
            now=utc_now(),
        )
        return {
            "id": str(application_id),
            "lock": saved.lock,
            "saved_at": wire.moment(saved.saved_at),
            "errors": [case_rows.mistake(error) for error in saved.errors],
        }

    @call(
        "/<string:key>/materials",
        "POST",
        about="Add a file to a material of one's own draft",
        right="apply",
        answer=HELD,
        status=201,
        refusals=(409,),
        takes=Takes(form=Form({"type": CODE}, "file", required=("type",)), key=True),
    )
    def attach(self, given: Given, key: str) -> object:
        """One file; the answer names all files of the material."""
        held = materials.attach_material(
            engine(),
            actor=current_actor(),
            application_id=key_of(key),
            slot=given.body["type"],
            uploads=given.files,
            vault=ports().vault,
            images=ports().images,
            now=utc_now(),
            key=given.key,
        )
        files = [{"id": str(f.blob_id), "name": f.file_name, "sha256": f.sha256} for f in held]
        return {"type": given.body["type"], "files": files}

    @call(
        "/<string:key>/submit",
        "POST",
        about="Submit one's own draft or correction",
        right="apply",
        answer=MOVED,
        refusals=(409,),
        takes=Takes(body=SUBMISSION, key=True),
    )
    def submit(self, given: Given, key: str) -> object:
        """Freeze the draft as the next version and hand it to the first stage."""
        application_id = key_of(key)
        submissions.submit(
            engine(),
            actor=current_actor(),
            application_id=application_id,
            lock=given.body["lock"],
            answers=[_answer(said) for said in given.body["answers"]],
            now=utc_now(),
            key=given.key,
        )
        return _moved(application_id)

    @call(
        "/<string:key>/withdraw",
        "POST",
        about="Take one's own application back",
        right="apply",
        answer=MOVED,
        refusals=(409,),
        takes=Takes(body=LOCKED, key=True),
    )
    def withdraw(self, given: Given, key: str) -> object:
        """The applicant takes the case back for good."""
        application_id = key_of(key)
        result = commands.withdraw(
            engine(),
            actor=current_actor(),
            ids=[application_id],
            seen={application_id: given.body["lock"]},
            key=given.key,
            now=utc_now(),
        )
        commands.required(result, application_id)
        return _moved(application_id)

    @call(
        "/decisions",
        "POST",
        about="Decide on applications; a result for every row, also when nothing moved",
        right="review",
        answer=results.RESULTS,
        takes=Takes(body=results.DECISION),
    )
    def decide(self, given: Given) -> object:
        """Approve, return for correction, send one step back or reject."""
        return decide.decided(given.body)

    @call(
        "/<string:key>/undo",
        "POST",
        about="Take back one's own last decision inside the window",
        right="review",
        answer=MOVED,
        refusals=(409, 422),
        takes=Takes(key=True),
    )
    def undo(self, given: Given, key: str) -> object:
        """The case is again as it was before the decision."""
        application_id = key_of(key)
        result = commands.undo(
            engine(), actor=current_actor(), ids=[application_id], key=given.key, now=utc_now()
        )
        commands.required(result, application_id)
        return _moved(application_id)


def _require_list() -> None:
    """Lists are a right of their own; an applicant's list is what he applied for."""
    if current_actor().kind is not AccountKind.PERSON:
        require(current_actor(), Permission.APPLICATION_LIST)


def _answer(said: dict[str, Any]) -> Answer:
    if said["field"]:
        return Answer(TargetKind.FIELD, said["field"], said["text"])
    if said["material"]:
        return Answer(TargetKind.MATERIAL, said["material"], said["text"])
    return Answer(TargetKind.GENERAL, "", said["text"])
