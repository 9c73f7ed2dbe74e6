"""SPEC section 6: every code word with its number, its HTTP status and, where it is an answer, the reply's body."""

from dataclasses import dataclass

# Never reused: a number that was given once keeps its meaning.
_WORDS = {
    # word: (number, status, is it answered over HTTP)
    "ok": (0, 200, False),
    "null_argument": (1, 503, False),
    "invalid_argument": (2, 503, False),
    "internal": (3, 503, False),
    "no_secrets": (100, 503, False),
    "empty_secret": (101, 503, False),
    "malformed_secret": (102, 503, False),
    "short_secret": (103, 503, False),
    "long_secret": (104, 503, False),
    "duplicate_secret": (105, 503, False),
    "too_many_secrets": (106, 503, False),
    "malformed_label": (107, 503, False),
    "missing_signature": (200, 400, True),
    "malformed_signature": (201, 400, True),
    "missing_timestamp": (202, 400, True),
    "malformed_timestamp": (203, 400, True),
    "body_too_large": (204, 413, True),
    "signature_mismatch": (205, 401, True),
    "timestamp_too_old": (206, 503, True),
    "timestamp_in_future": (207, 503, True),
    "malformed_payload": (300, 200, False),
    "accepted": (600, 200, True),
    "duplicate": (601, 200, True),
    "quarantined": (602, 200, True),
    "not_found": (603, 404, True),
    "method_not_allowed": (604, 405, True),
    "in_flight": (605, 503, True),
    "misconfigured": (606, 503, True),
    "unavailable": (607, 503, True),
}

# Words of the C boundary, and answers that a receiver gives without a verdict: no delivery can show them.
WITHOUT_VECTOR = {word for word, (number, _, _) in _WORDS.items() if number < 100 or number >= 600}


@dataclass(frozen=True)
class Code:
    """One line of the catalogue; `reply` is None for a word that is never answered over HTTP."""

    word: str
    number: int
    status: int
    retryable: bool
    reply: "str | None"

    def as_json(self):
        return {
            "code": self.word,
            "number": self.number,
            "status": self.status,
            "retryable": self.retryable,
            "reply": self.reply,
        }


def _code(word, number, status, is_answer):
    field = "status" if status < 300 else "error"
    return Code(word, number, status, status >= 500, f'{{"{field}":"{word}"}}' if is_answer else None)


CODES = {word: _code(word, *facts) for word, facts in _WORDS.items()}
