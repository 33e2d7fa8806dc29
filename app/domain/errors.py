"""The tree of refusals: a sentence for people, a code for machines (architecture: Errors).

Messages are English msgids with `%(name)s` places; the web layer translates them and passes `params`
through its labels, so a raw code never reaches a user.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as default
from typing import ClassVar

from app.domain.blocks import Block
from app.domain.text import N_

Params = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class FieldError:
    """One mistake at one field of a form: `field` is the field's or material's code."""

    field: str
    code: str
    message: str
    params: Params = default(default_factory=dict)


class DomainError(Exception):
    """A refusal that changes nothing. `code` is stable; `message` is a msgid; `params` fill its places."""

    code: ClassVar[str] = "refused"
    message: ClassVar[str] = N_("The request was refused.")
    status: ClassVar[int] = 400

    def __init__(self, **params: object) -> None:
        super().__init__(self.code)
        self.params: Params = params


class NotAllowed(DomainError):
    """The account has no right to this function (403)."""

    code = "not_allowed"
    message = N_("Your account has no right to this function.")
    status = 403


class EmployerNotActive(NotAllowed):
    """Business functions of an employer that is not approved (R3)."""

    code = "employer_not_active"
    message = N_("This function opens once the bureau has approved your employer's registration.")


class NotFound(DomainError):
    """Foreign and missing objects answer alike (404, D13)."""

    code = "not_found"
    message = N_("There is no such record, or it is not yours to see.")
    status = 404


class InvalidInput(DomainError):
    """The input cannot be accepted; `errors` names every field and what is wrong with it (422)."""

    code = "invalid_input"
    message = N_("Some entries need your attention.")
    status = 422

    def __init__(self, *errors: FieldError, **params: object) -> None:
        super().__init__(**params)
        self.errors = tuple(errors)


class TooLarge(InvalidInput):
    """A file or a request is larger than allowed (413)."""

    code = "too_large"
    message = N_("The file is too large.")
    status = 413


class WrongType(InvalidInput):
    """A file is of a type that is not accepted (415)."""

    code = "wrong_type"
    message = N_("Files of this type are not accepted.")
    status = 415


class TooOften(DomainError):
    """Too many attempts (429); `retry_after_s` says when to try again."""

    code = "too_often"
    message = N_("Too many attempts. Please try again in %(retry_after_s)s seconds.")
    status = 429


class Conflict(DomainError):
    """The record is not in the state the request needs (409)."""

    code = "conflict"
    message = N_("The record has changed meanwhile; please look at it again.")
    status = 409


class Stale(Conflict):
    """Someone changed the record after the actor had loaded it (T4)."""

    code = "stale"
    message = N_("Somebody else changed this record after you opened it. Please look at it again.")


class Blocked(Conflict):
    """The verb is not possible now; `blocks` say why and who can do something about it."""

    code = "blocked"
    message = N_("This is not possible now.")

    def __init__(self, *blocks: Block, **params: object) -> None:
        super().__init__(**params)
        self.blocks = tuple(blocks)


class IdentityTaken(Conflict):
    """An ID number or mobile is in use already; the answer never says by whom (R8)."""

    code = "identity_taken"
    message = N_("This number cannot be used for registration.")

    def __init__(self, *, kind: str = "", **params: object) -> None:
        super().__init__(kind=kind, **params)
        self.kind = kind


class NameTaken(Conflict):
    """A user name, credit code or other unique text is taken; `field` names it."""

    code = "name_taken"
    message = N_("This entry is already in use.")

    def __init__(self, *, field: str = "", **params: object) -> None:
        super().__init__(field=field, **params)
        self.field = field


class IdempotencyMismatch(Conflict):
    """The key of an earlier submission came back with another body (T7)."""

    code = "idempotency_mismatch"
    message = N_("This form was already sent with other content. Please load the page again.")
    status = 422


class Unavailable(DomainError):
    """A part the request needs is down (503)."""

    code = "unavailable"
    message = N_(
        "This part of the system does not answer at the moment. Nothing was changed; please try again."
    )
    status = 503
