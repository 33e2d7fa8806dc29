"""Names of persons and units: what may stand in one, the key it is compared by, its pinyin.

Names are never put through NFKC: it would fold full-width brackets, which are official in unit names, and
keep apart the dots that people type for `·` (domain facts, section 7).
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.domain.malformed import Malformed
from app.domain.text import N_

DOT = "\u00b7"
PERSON_LENGTH = (2, 50)
UNIT_LENGTH = (2, 100)
_DOTS = str.maketrans(dict.fromkeys("\u2022\u2027\u30fb\uff0e\u2219\u22c5", DOT))
_BRACKETS = str.maketrans("（）〔〕［］", "()()()")
_HAN = (
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x2FFFD),
    (0x30000, 0x3FFFD),
    (0x3007, 0x3007),
)
_REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Co", "Cs"})
_MARKUP = frozenset("<>")
_SURNAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "单": ("shan",), "曾": ("zeng",), "仇": ("qiu",), "解": ("xie",), "查": ("zha",), "朴": ("piao",),
        "区": ("ou",), "盖": ("ge",), "任": ("ren",), "尉": ("wei",), "折": ("she",), "覃": ("qin", "tan"),
        "乐": ("yue", "le"), "翟": ("zhai",), "缪": ("miao",), "员": ("yun",), "秘": ("bi",),
        "种": ("chong",),
        "黑": ("he",), "洗": ("xian",), "冼": ("xian",), "宓": ("mi",), "隗": ("wei", "kui"), "召": ("shao",),
        "句": ("gou",), "那": ("na",), "车": ("che",), "繁": ("po",), "教": ("jiao",), "逄": ("pang",),
        "尹": ("yin",), "晟": ("cheng",), "郇": ("xun",), "郗": ("xi", "chi"), "佴": ("nai",),
        "祭": ("zhai",),
        "谌": ("chen", "shen"), "葛": ("ge",), "纪": ("ji",), "宁": ("ning",),
    }
)  # fmt: skip
_COMPOUND_SURNAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"尉迟": ("yu", "chi"), "万俟": ("mo", "qi"), "长孙": ("zhang", "sun"), "澹台": ("tan", "tai")}
)
_IN_NAMES: Mapping[str, str] = MappingProxyType({"卜": "bu"})


@dataclass(frozen=True, slots=True)
class Pinyin:
    """Stored readings of a name, lower case; where a surname has two, both stand there, apart by a space."""

    full: str
    initials: str


def person_name(text: str) -> str:
    """Return a personal name in stored form; raises Malformed naming the first character that may not stand
    in it.

    NFC, trimmed, single spaces, every middle dot U+00B7; Han of all planes, `·`, Latin letters and spaces,
    2 to 50 characters (domain facts, section 7).
    """
    name = _spaced(unicodedata.normalize("NFC", text).translate(_DOTS))
    for character in name:
        if not (character in {DOT, " "} or is_han(character) or _is_latin(character)):
            raise _not_allowed(character)
    if not any(is_han(c) or _is_latin(c) for c in name):
        raise Malformed("name_malformed", N_("Enter the name."))
    return _of_length(name, PERSON_LENGTH, N_("A person's name has %(min)s to %(max)s characters."))


def unit_name(text: str) -> str:
    """Return an employer's or agency's name in stored form; raises Malformed.

    Digits and full-width brackets belong to official names; control, format, private-use characters and
    mark-up do not.
    """
    name = _spaced(unicodedata.normalize("NFC", text))
    for character in name:
        if unicodedata.category(character) in _REFUSED_CATEGORIES or character in _MARKUP:
            raise _not_allowed(character)
    if not any(c.isalnum() for c in name):
        raise Malformed("name_malformed", N_("Enter the name."))
    return _of_length(name, UNIT_LENGTH, N_("A name has %(min)s to %(max)s characters."))


def plain_text(text: str, max_length: int) -> str:
    """Return free text of one line in stored form (address, reason, note); raises Malformed when too long."""
    line = _spaced("".join(c for c in unicodedata.normalize("NFC", text) if not _is_refused(c)))
    if len(line) > max_length:
        raise Malformed("text_too_long", N_("At most %(max)s characters."), {"max": max_length})
    return line


def plain_lines(text: str, max_length: int) -> str:
    """As `plain_text`, for words that may have several lines (opinion, answer); empty lines go."""
    lines = [plain_text(line, max_length) for line in text.splitlines()]
    kept = "\n".join(line for line in lines if line)
    if len(kept) > max_length:
        raise Malformed("text_too_long", N_("At most %(max)s characters."), {"max": max_length})
    return kept


def _is_refused(character: str) -> bool:
    return unicodedata.category(character) in _REFUSED_CATEGORIES and not character.isspace()


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _of_length(name: str, length: tuple[int, int], message: str) -> str:
    if not length[0] <= len(name) <= length[1]:
        raise Malformed("name_length", message, {"min": length[0], "max": length[1]})
    return name


def _not_allowed(character: str) -> Malformed:
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    return Malformed("name_character", N_("“%(character)s” cannot stand in a name."), {"character": shown})


def is_han(character: str) -> bool:
    """Whether a character is Han of any plane; radicals and other look-alikes are not."""
    return any(first <= ord(character) <= last for first, last in _HAN)


def _is_latin(character: str) -> bool:
    return unicodedata.category(character)[0] == "L" and unicodedata.name(character, "").startswith("LATIN ")


def person_key_text(name: str) -> str:
    """`name_key` of a stored personal name: without `·` and spaces, case folded."""
    return name.replace(DOT, "").replace(" ", "").casefold()


def unit_key_text(name: str) -> str:
    """`name_key` of a stored unit name: brackets folded, spaces and dots dropped, case folded."""
    folded = name.translate(_BRACKETS).translate(_DOTS)
    return person_key_text(folded)


def pinyin(name: str) -> Pinyin:
    """Readings for sorting and searching; unknown Han stays as it is, `·` falls out.

    pypinyin reads common words well but not surnames, hence the table for the first character.
    """
    words = [word for word in re.split(rf"[{DOT}\s]+", name) if word]
    if not words:
        return Pinyin("", "")
    rest = [syllable for word in words[1:] for syllable in _syllables(word)]
    variants = [[*first, *rest] for first in _first_word(words[0])]
    return Pinyin(
        " ".join("".join(v) for v in variants),
        " ".join(dict.fromkeys("".join(s[0] for s in v) for v in variants)),
    )


def _first_word(word: str) -> list[list[str]]:
    compound = _COMPOUND_SURNAMES.get(word[:2])
    if compound is not None:
        return [[*compound, *_syllables(word[2:])]]
    syllables = _syllables(word)
    readings = _SURNAMES.get(word[0])
    return [[reading, *syllables[1:]] for reading in readings] if readings else [syllables]


def _syllables(word: str) -> list[str]:
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 - its dictionaries cost every start 0.4 s

    found: list[str] = []
    for piece in lazy_pinyin(word, style=Style.NORMAL):
        # A run that pypinyin does not know comes back whole: Latin is one word, each Han character stands
        # alone.
        found += list(piece) if any(is_han(c) for c in piece) else [piece.lower()]
    if len(found) != len(word):
        return found
    return [_IN_NAMES.get(character, syllable) for character, syllable in zip(word, found, strict=True)]
