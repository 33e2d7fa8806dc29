"""What a request carries, read strictly: JSON bodies, multipart forms, the address. Bad input is a 422 problem.

Malformed JSON, bad UTF-8, doubled names, huge numbers, deep nesting, unknown fields: none reaches a command.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import request
from werkzeug.datastructures import FileStorage, MultiDict

from app.domain.errors import FieldError, InvalidInput, TooLarge, WrongType
from app.domain.form import UNKNOWN_FIELD
from app.domain.materials import Upload
from app.domain.text import N_
from app.web.api.shapes import BAD_CHARACTER, REQUIRED, Flag, Mistakes, Obj, Shape, Whole, printable, shown

MEGABYTE = 1024 * 1024
BODY_MAX = MEGABYTE
KEY_HEADER = "Idempotency-Key"
KEY_LENGTH = 80
_DIGITS = 19

NOT_JSON = N_("The body is not valid JSON.")
NOT_UTF8 = N_("The body is not valid UTF-8.")
ADDRESS_NOT_UTF8 = N_("The address is not valid UTF-8.")
TOO_DEEP = N_("The body is nested too deeply.")
DOUBLED = N_("A name stands twice in one object: %(name)s.")
HUGE = N_("A number is too large.")
JSON_WANTED = N_("Send the body as application/json.")
FORM_WANTED = N_("Send the body as multipart/form-data.")
GIVEN_TWICE = N_("Give this only once.")
BAD_KEY = N_("An idempotency key has 1 to 80 printable ASCII characters.")
BODY_TOO_LARGE = N_("The body may have at most %(max_mb)s MB.")
TOO_MANY_FILES = N_("At most %(max)s files.")


@dataclass(frozen=True, slots=True)
class Form:
    """A multipart body: texts, lists of texts, and the files under one name."""

    texts: Mapping[str, Shape]
    files: str
    most: int = 1
    required: tuple[str, ...] = ()
    lists: Mapping[str, Shape] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Given:
    """What a call was given."""

    body: dict[str, Any]
    query: dict[str, Any]
    files: tuple[Upload, ...] = ()
    key: str | None = None


class _Refused(ValueError):
    def __init__(self, code: str, message: str, **params: object) -> None:
        super().__init__(code)
        self.error = FieldError("", code, message, params)


def json_body(shape: Obj) -> dict[str, Any]:
    """The JSON body of the request as `shape` takes it. Raises InvalidInput, WrongType (415), TooLarge."""
    if request.mimetype != "application/json":
        raise WrongType(FieldError("", "wrong_type", JSON_WANTED))
    if (request.content_length or 0) > BODY_MAX:
        raise TooLarge(FieldError("", "too_large", BODY_TOO_LARGE, {"max_mb": 1}))
    request.max_content_length = BODY_MAX
    mistakes = Mistakes()
    found = shape.take(_decoded(request.get_data(cache=False)), "", mistakes)
    return _accepted(found, mistakes)


def _accepted(found: dict[str, Any] | None, mistakes: Mistakes) -> dict[str, Any]:
    if mistakes:
        raise InvalidInput(*mistakes[:100])
    return found or {}


def _decoded(data: bytes) -> Any:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidInput(FieldError("", "not_utf8", NOT_UTF8)) from None
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_whole,
            parse_float=_number,
            parse_constant=_constant,
        )
    except _Refused as refused:
        raise InvalidInput(refused.error) from None
    except RecursionError:
        raise InvalidInput(FieldError("", "too_deep", TOO_DEEP)) from None
    except ValueError:
        raise InvalidInput(FieldError("", "not_json", NOT_JSON)) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Refused("doubled_field", DOUBLED, name=shown(name))
        found[name] = value
    return found


def _whole(text: str) -> int:
    if len(text.lstrip("-")) > _DIGITS:
        raise _Refused("number_too_large", HUGE)
    return int(text)


def _number(text: str) -> float:
    found = float(text)
    if abs(found) == float("inf") or len(text) > _DIGITS * 20:
        raise _Refused("number_too_large", HUGE)
    return found


def _constant(text: str) -> float:
    raise _Refused("not_json", NOT_JSON, name=text)


def form_body(form: Form) -> tuple[dict[str, Any], tuple[Upload, ...]]:
    """Texts and files of a multipart body. Raises InvalidInput, WrongType (415)."""
    if request.mimetype != "multipart/form-data":
        raise WrongType(FieldError("", "wrong_type", FORM_WANTED))
    mistakes = Mistakes()
    given = {name: request.form.getlist(name) for name in request.form}
    found = {name: _text(shape, name, given.get(name), form, mistakes) for name, shape in form.texts.items()}
    for name, shape in form.lists.items():
        parts = [*given.get(f"{name}[]", ()), *given.get(name, ())]
        found[name] = [shape.take(part, f"{name}[{n}]", mistakes) for n, part in enumerate(parts)]
    known = {*form.texts, *form.lists, *(f"{name}[]" for name in form.lists)}
    for name in sorted(set(given) - known):
        mistakes.note(shown(name), "unknown_field", UNKNOWN_FIELD)
    files = _files(form, mistakes)
    return _accepted(found, mistakes), files


def _text(shape: Shape, name: str, parts: list[str] | None, form: Form, mistakes: Mistakes) -> Any:  # noqa: PLR0917 - private
    if not parts:
        if name in form.required:
            mistakes.note(name, "required", REQUIRED)
        return None
    if len(parts) > 1:
        return mistakes.note(name, "given_twice", GIVEN_TWICE)
    return shape.take(parts[0], name, mistakes)


def _files(form: Form, mistakes: Mistakes) -> tuple[Upload, ...]:
    names = (form.files, f"{form.files}[]") if form.most > 1 else (form.files,)
    files: MultiDict[str, FileStorage] = request.files
    for name in sorted(set(files) - set(names)):
        mistakes.note(shown(name), "unknown_field", UNKNOWN_FIELD)
    chosen = [file for name in names for file in files.getlist(name) if file.filename]
    if not chosen:
        mistakes.note(form.files, "required", REQUIRED)
    if len(chosen) > form.most:
        mistakes.note(form.files, "too_many_files", TOO_MANY_FILES, max=form.most)
        return ()
    return tuple(Upload(file.filename or "", file.read()) for file in chosen)


def query_of(shapes: Mapping[str, Shape]) -> dict[str, Any]:
    """The parameters of the address. Raises InvalidInput for unknown, doubled and malformed ones."""
    try:
        unquote_to_bytes(request.query_string).decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidInput(FieldError("", "not_utf8", ADDRESS_NOT_UTF8)) from None
    mistakes = Mistakes()
    for name in sorted(set(request.args) - set(shapes)):
        mistakes.note(shown(name), "unknown_field", UNKNOWN_FIELD)
    found = {name: _argument(name, shape, mistakes) for name, shape in shapes.items()}
    return _accepted(found, mistakes)


def _argument(name: str, shape: Shape, mistakes: Mistakes) -> Any:
    parts = request.args.getlist(name)
    if parts in ([], [""]):  # “?status=” asks for nothing
        return None
    if len(parts) > 1:
        return mistakes.note(name, "given_twice", GIVEN_TWICE)
    raw: Any = parts[0]
    if "\ufffd" in raw or not printable(raw, lines=False):
        return mistakes.note(name, "bad_character", BAD_CHARACTER)
    if isinstance(shape, Whole):
        raw = int(raw) if raw.isascii() and raw.isdigit() and len(raw) <= _DIGITS else raw
    if isinstance(shape, Flag):
        raw = {"true": True, "false": False}.get(raw, raw)
    return shape.take(raw, name, mistakes)


def key_header() -> str | None:
    """The idempotency key of the request. Raises InvalidInput for one that cannot be compared."""
    key = request.headers.get(KEY_HEADER)
    if key is None:
        return None
    if not (0 < len(key) <= KEY_LENGTH and key.isascii() and key.isprintable()):
        raise InvalidInput(FieldError(KEY_HEADER, "bad_key", BAD_KEY))
    return key
