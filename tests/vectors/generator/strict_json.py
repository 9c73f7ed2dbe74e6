"""A strict reader of RFC 8259 text that keeps every member's text as it was sent.

Python's own `json` takes NaN, has a recursion limit of its own and forgets duplicates, so it cannot be the judge.
"""

import re
from dataclasses import dataclass

DEEPEST_LEVEL = 128

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_HEX4 = re.compile(r"[0-9A-Fa-f]{4}")
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_WORDS = {"true": True, "false": False, "null": None}


class Malformed(Exception):
    """The text is not JSON, or nests too deep; `at` is where in the text, if it is known."""

    def __init__(self, what, at=None):
        super().__init__(what)
        self.at = at


@dataclass(frozen=True)
class Number:
    """A number as it was written."""

    text: str


@dataclass(frozen=True)
class Member:
    """One member of an object: its decoded name, its value, the value's text as sent, and where the two begin."""

    name: str
    value: object
    text: str
    name_at: int
    value_at: int


class Array(tuple):
    """The values of an array."""


class Object(tuple):
    """The `Member`s of an object, in order, duplicates included."""


def read(text):
    """The one value that `text` holds: str, Number, bool, None, Array or Object; else `Malformed`."""
    reader = _Reader(text)
    value = reader.value(1)
    reader.space()
    if reader.at != len(text):
        raise Malformed("something follows the value", reader.at)
    return value


def holds_lone_surrogate(text):
    return any("\ud800" <= character <= "\udfff" for character in text)


class _Reader:
    def __init__(self, text):
        self.text = text
        self.at = 0

    def space(self):
        self.at = _SPACE.match(self.text, self.at).end()

    def take(self, expected):
        if not self.text.startswith(expected, self.at):
            raise Malformed(f"{expected!r} expected", self.at)
        self.at += len(expected)

    def next_is(self, character):
        self.space()
        return self.text.startswith(character, self.at)

    def value(self, level):
        self.space()
        first = self.text[self.at : self.at + 1]
        if first in ("{", "[") and level > DEEPEST_LEVEL:
            raise Malformed(f"nests deeper than {DEEPEST_LEVEL}", self.at)
        if first == "{":
            return Object(self.items("{", "}", lambda: self.member(level)))
        if first == "[":
            return Array(self.items("[", "]", lambda: self.value(level + 1)))
        if first == '"':
            return self.string()
        for word, meaning in _WORDS.items():
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return meaning
        return self.number()

    def items(self, opening, closing, item):
        self.take(opening)
        found = []
        if not self.next_is(closing):
            found.append(item())
            while self.next_is(","):
                self.take(",")
                found.append(item())
        self.space()
        self.take(closing)
        return found

    def member(self, level):
        self.space()
        name_at = self.at
        name = self.string()
        self.space()
        self.take(":")
        self.space()
        start = self.at
        value = self.value(level + 1)
        return Member(name, value, self.text[start : self.at], name_at, start)

    def number(self):
        match = _NUMBER.match(self.text, self.at)
        if match is None:
            raise Malformed("no value", self.at)
        self.at = match.end()
        return Number(match.group())

    def string(self):
        self.take('"')
        parts = []
        while True:
            plain = _PLAIN.match(self.text, self.at)
            parts.append(plain.group())
            self.at = plain.end()
            if not self.text.startswith("\\", self.at):
                break
            parts.append(self.escape())
        self.take('"')
        return _PAIR.sub(_join_pair, "".join(parts))

    def escape(self):
        self.take("\\")
        kind = self.text[self.at : self.at + 1]
        self.at += 1
        if kind in _ESCAPES:
            return _ESCAPES[kind]
        digits = _HEX4.match(self.text, self.at)
        if kind != "u" or digits is None:
            raise Malformed("bad escape", self.at)
        self.at = digits.end()
        return chr(int(digits.group(), 16))


def _join_pair(match):
    return match.group().encode("utf-16", "surrogatepass").decode("utf-16")
