"""What applicants fill in and attach: answers that the form accepts, by the kinds of its fields."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random

from app.cli.demo.volume.scene import Scene
from app.domain.form import choices_of, form_of
from app.domain.predicates import Facts
from app.domain.programme import CATEGORIES_LIST, Field, FieldKind
from app.domain.values import Value, clean_value
from app.queries.drafts import Background, FileRow, facts_of

POSITIONS = (
    "高级工程师", "研发总监", "工艺工程师", "首席科学家", "副主任医师", "讲师", "项目经理", "算法工程师", "质量主管", "技术员",
    "设计师", "副教授", "数据分析师", "农艺师", "总工程师", "财务总监",
)  # fmt: skip
_LIKELY: Mapping[str, Mapping[str, int]] = {
    "GB4658": {"14": 35, "21": 45, "11": 10, "31": 8, "22": 2},
    "GB6864": {"3": 40, "4": 48, "2": 12},
    "title_levels": {"senior": 6, "associate_senior": 18, "intermediate": 40, "junior": 20, "technician": 16},
    "contract_kinds": {"fixed": 80, "open_ended": 20},
}


class Answers:
    """Invents answers and files for one programme."""

    def __init__(self, scene: Scene, chance: Random) -> None:
        self._scene = scene
        self._chance = chance
        programme = scene.programme
        count = len(programme.categories)
        self._weights = {c.code: 3**n for n, c in enumerate(programme.categories)} if count else {}
        self._choices: dict[str, tuple[tuple[str, ...], list[int]]] = {}

    def values(self, staff_id: int, at: datetime) -> dict[str, Value]:
        """Answers to every field, as saving a draft would keep them."""
        values: dict[str, Value] = {}
        for field in self._scene.programme.fields:
            if not field.required and self._chance.random() < 0.3:  # noqa: PLR2004 - a third is left empty
                continue
            raw = self._raw(field, staff_id, at)
            if raw is not None:
                choices = choices_of(self._scene.programme, field, self._scene.lists, {str(staff_id)})
                value = clean_value(field, raw, choices=choices)
                if value is not None:
                    values[field.code] = value
        return values

    def _raw(self, field: Field, staff_id: int, at: datetime) -> object:
        chance = self._chance
        if field.kind is FieldKind.SELECT:
            return self._choice(field)
        if field.kind is FieldKind.STAFF_MEMBER:
            return str(staff_id)
        if field.kind is FieldKind.DATE:
            return (at + timedelta(days=chance.randrange(400, 2000))).date().isoformat()
        return self._plain(field.kind)

    def _plain(self, kind: FieldKind) -> object:
        chance = self._chance
        if kind is FieldKind.NUMBER:
            return chance.randrange(1, 500)
        if kind is FieldKind.YES_NO:
            return chance.choice((True, False))
        if kind is FieldKind.PHONE:
            return f"0890-{chance.randrange(20000000, 29999999)}"
        return chance.choice(POSITIONS)

    def _choice(self, field: Field) -> str | None:
        name = field.list or ""
        if name not in self._choices:
            likely = self._weights if name == CATEGORIES_LIST else _LIKELY.get(name, {})
            codes = choices_of(self._scene.programme, field, self._scene.lists, ())
            known = {code: likely.get(code, 0) for code in sorted(codes)}
            weighted = known if any(known.values()) else dict.fromkeys(known, 1)
            self._choices[name] = (tuple(weighted), list(weighted.values()))
        codes, weights = self._choices[name]
        return self._chance.choices(codes, weights)[0] if codes else None

    def files(self, kind: str, values: Mapping[str, Value], back: Background, at: datetime) -> list[FileRow]:
        """One file for every material that the form requires."""
        asked = form_of(self._scene.programme, self.facts(kind, values, back, (), at))
        slots = [m.code for m in asked.materials if m.code in asked.required_materials]
        return [self.paper(slot) for slot in slots]

    def paper(self, slot: str) -> FileRow:
        """One of the shared files of a material."""
        return self._chance.choice(self._scene.papers.files[slot])

    def facts(  # noqa: PLR0917 - as facts_of takes them
        self, kind: str, values: Mapping[str, Value], back: Background, files: tuple[FileRow, ...] | list[FileRow],
        at: datetime,
    ) -> Facts:  # fmt: skip
        """The facts that the conditions of the form and of the route are judged on."""
        return facts_of(self._scene.programme, kind, values, back, files=files, day=self._scene.day(at))
