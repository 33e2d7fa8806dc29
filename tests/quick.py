"""What makes some thousand applications in one process affordable; nothing here changes what a test sees.

Together they halve the time of the suite: each test has an application, a database and templates of its own.
"""

import gc
from collections.abc import Callable
from typing import Any, ClassVar

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import event
from sqlalchemy.pool import Pool
from werkzeug.routing import Rule
from xdist.scheduler import LoadScopeScheduling

OBJECTS_BETWEEN_COLLECTIONS = 20_000
"""Python's 700 suit small heaps: the suite's would be searched over and over."""


def hurry() -> None:
    """Prepare this process; called once, before the first application."""
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, 50, 20)
    Rule._compile_builder = _builder_once(Rule._compile_builder)
    event.listen(Pool, "checkout", _forgetful)


def keep_templates(app: Flask) -> None:
    """Compile each template once per process and not once per application."""
    app.jinja_env.bytecode_cache = _Compiled()


def _forgetful(raw: object, _record: object, _proxy: object) -> None:
    """Databases of tests live for a second: they need not survive a power cut."""
    if type(raw).__module__.startswith("sqlite3"):
        raw.execute("PRAGMA synchronous=OFF")


class ByFileAndEngine(LoadScopeScheduling):
    """Hands a worker all tests of a file on one database, so that it makes once what they share."""

    def __init__(self, config: Any, log: Any = None) -> None:
        """Keep the order of the files: slow ones come first."""
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        name, _, case = nodeid.partition("::")
        return f"{name} {'postgresql' in case}"


class _Compiled(BytecodeCache):
    kept: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


def _builder_once(make: Callable[[Rule, bool], Any]) -> Callable[[Rule, bool], Any]:
    """Werkzeug writes and compiles two functions per route; those of equal routes are equal."""
    made: dict[object, Any] = {}

    def builder(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in made:
            made[key] = make(rule, append_unknown)
        return made[key]

    return builder
