"""YAML (and therefore JSON) text to plain values and back, by the rules authors expect.

Only `true` and `false` are booleans, so that `off` and `no` stay words; a key given twice, and aliases, are
refused; dates are dates.
"""

import re
from collections.abc import Hashable, Mapping
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node

from app.domain.document import Problem
from app.domain.text import N_

MAX_BYTES = 512_000

NOT_YAML = N_("The text is not readable as YAML or JSON (line %(line)s): %(why)s.")
TEXT_TOO_BIG = N_("The text is too big; at most %(max)s bytes.")


class UnreadableDocument(ValueError):
    """The text is not YAML; `problem` says where and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class _Loader(yaml.SafeLoader):
    """SafeLoader without YAML 1.1's surprises."""

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        """Refuse aliases: a document says what it means where it means it."""
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases are not supported", event.start_mark)
        node: Node | None = super().compose_node(parent, index)
        return node

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        """Refuse a key that occurs twice."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen and isinstance(key.value, str):
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value[:40]} is given twice", key.start_mark
                )
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def load_text(text: str) -> Any:
    """The plain value of YAML or JSON text. Raises UnreadableDocument."""
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise UnreadableDocument(Problem("", "text_too_big", TEXT_TOO_BIG, {"max": MAX_BYTES}))
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        why = str(getattr(error, "problem", None) or type(error).__name__)[:200]
        params = {"line": mark.line + 1 if mark else "?", "why": why}
        raise UnreadableDocument(Problem("", "not_yaml", NOT_YAML, params)) from None


class _Dumper(yaml.SafeDumper):
    """Short lists on one line."""


def dump_text(document: Mapping[str, Any]) -> str:
    """YAML text of a document; `load_text` of it gives equal values."""
    return str(yaml.dump(dict(document), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110))


def _text(dumper: yaml.SafeDumper, value: str) -> Any:
    """Quote what another YAML reader would take for something else than text."""
    plain = yaml.SafeLoader.yaml_implicit_resolvers.get(value[:1], [])
    style = "'" if any(pattern.match(value) for _, pattern in plain) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)
