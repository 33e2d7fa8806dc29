"""What a refusal looks like on the wire; `app.web.errors` makes the answer, this describes it."""

from app.web.api.shapes import Schema
from app.web.errors import PROBLEM

PROBLEM_SCHEMA: Schema = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "errors", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; for programs."},
        "detail": {"type": "string", "description": "A sentence for people."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "text"],
                "properties": {
                    "field": {"type": "string", "description": "Empty where no field is meant."},
                    "code": {"type": "string"},
                    "text": {"type": "string"},
                },
                "additionalProperties": False,
            },
        },
        "request_id": {"type": "string"},
    },
    "additionalProperties": False,
}

MEANINGS = {
    "400": "The request could not be understood at all.",
    "401": "No valid token; for a token call: the credentials were refused.",
    "403": "The account has no right to this function.",
    "404": "Outside the caller's scope or missing; the answers are alike.",
    "409": "The object changed meanwhile or is in another state; `errors` say why and the text who can help.",
    "413": "The body or a file is too large.",
    "415": "The body or a file is of another type.",
    "422": "The input is not valid; `errors` name every field.",
    "429": "Too often; `Retry-After` says when to try again.",
    "503": "A part of the system does not answer; `Retry-After` says when to try again.",
    "507": "The storage is full; nothing was stored.",
}
RETRY = {"Retry-After": {"description": "Seconds", "schema": {"type": "string"}}}


def response(status: str) -> Schema:
    """The OpenAPI response of a refusal."""
    found: Schema = {
        "description": MEANINGS[status],
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    return found | ({"headers": RETRY} if status in {"429", "503"} else {})
