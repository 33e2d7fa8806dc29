"""What a batch answers: every id once, moved, skipped with its reasons, or unknown (D12)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from app.domain.blocks import Block
from app.domain.errors import FieldError, InvalidInput
from app.domain.text import N_

BATCH_TOO_LARGE = N_("At most %(max)s rows at a time, and these are %(count)s. Please choose fewer.")


def refuse_too_many(count: int, maximum: int) -> None:
    """Refuse more rows than the setting BATCH_MAX allows, as a whole, with both numbers. Raises InvalidInput."""
    if count > maximum:
        params = {"max": maximum, "count": count}
        raise InvalidInput(FieldError("items", "batch_too_large", BATCH_TOO_LARGE, params))


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that did not move, and why; nothing of it changed."""

    id: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The answer of a batch command; foreign and missing ids are alike `unknown`.

    `batch_id` names what moved together, so that it can be undone together; None where nothing moved.
    """

    moved: tuple[int, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    unknown: tuple[int, ...] = ()
    batch_id: int | None = None

    @classmethod
    def of(
        cls,
        ids: Iterable[int],
        *,
        moved: Collection[int],
        blocked: Mapping[int, Sequence[Block]],
        batch_id: int | None = None,
    ) -> Self:
        """Sort `ids` (each once, in the order given) into the three parts; what is neither is unknown."""
        unique = tuple(dict.fromkeys(ids))
        went = frozenset(moved)
        return cls(
            tuple(i for i in unique if i in went),
            tuple(Skipped(i, tuple(blocked[i])) for i in unique if i in blocked and i not in went),
            tuple(i for i in unique if i not in went and i not in blocked),
            batch_id if went else None,
        )

    def blocks_of(self, row_id: int) -> tuple[Block, ...]:
        """Return the reasons of a skipped row, none for any other."""
        return next((row.blocks for row in self.skipped if row.id == row_id), ())

    @property
    def seen(self) -> tuple[int, ...]:
        """The ids the actor may see: all but the unknown ones."""
        return (*self.moved, *(row.id for row in self.skipped))

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values to store under an idempotency key; ids are strings (D15)."""
        return {
            "moved": [str(i) for i in self.moved],
            "skipped": [
                {
                    "id": str(row.id),
                    "blocks": [{"code": b.code, "params": dict(b.params)} for b in row.blocks],
                }
                for row in self.skipped
            ],
            "unknown": [str(i) for i in self.unknown],
            "batch": None if self.batch_id is None else str(self.batch_id),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read back what `to_json` stored."""
        return cls(
            tuple(int(i) for i in stored["moved"]),
            tuple(
                Skipped(int(row["id"]), tuple(Block(b["code"], b["params"]) for b in row["blocks"]))
                for row in stored["skipped"]
            ),
            tuple(int(i) for i in stored["unknown"]),
            int(stored["batch"]) if stored.get("batch") else None,
        )
