"""Why a captured delivery does not verify, for your own desk: no receiver imports this, and none should answer with it.

`overten_webhook.diagnose` is the function; this module has the types of what it gives.
"""

import json
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

from overten_webhook import _core
from overten_webhook._settings import EnvSecrets, HeadersInput, SecretsInput, Tolerance

__all__ = ["Cause", "Facts", "Lack", "Report", "SecretFacts", "Suspicion", "diagnose"]

_TOLERANCE: Final = Tolerance()


class Cause(NamedTuple):
    """Something that was wrong: under it the signature came out right."""

    code: str
    """The stable word for it, such as `final_newline_added`; the same in every language."""
    what: str
    """What happened, as a sentence."""
    change: str
    """What to change, as one or two sentences."""


class Suspicion(NamedTuple):
    """Something that looks wrong and cannot be proven: a hint where to look."""

    code: str
    """The stable word for it, such as `body_cut`; the same in every language."""
    what: str
    """What was seen, as a sentence."""
    change: str
    """What to do about it, as one or two sentences."""


class Lack(NamedTuple):
    """Something that the capture does not hold, so that nothing can be proven with it."""

    code: str
    """The stable word for it, such as `signature_shortened`; the same in every language."""
    what: str
    """What is missing, as a sentence."""
    change: str
    """What to give instead, as one or two sentences."""


@dataclass(frozen=True, slots=True)
class SecretFacts:
    """What may be shown of a secret."""

    label: str
    """Its label; `secret-0` and so on by its position, over all secrets, where it has none that can be shown."""
    is_configured: bool
    """Whether it is one of `secrets`; False for one of `other_secrets`."""
    is_trimmed: bool
    """Whether white space around it was removed."""
    fingerprint: str | None
    """Eight hex digits by which two people can compare it; None where it is refused."""
    code: str | None
    """Why it is refused, such as `short_secret`."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the delivery, authentic or not, to give to Overten's support; what is absent is None."""

    body_bytes: int
    """The body's length."""
    body_sha256: str
    """SHA-256 of the body, 64 hex digits."""
    content_length: int | None
    """What `Content-Length` said, in bytes."""
    signature_bytes: int | None
    """How long the signature header's value is."""
    timestamp: int | None
    """The time, in Unix seconds, that the timestamp header stands for, also where its form is wrong."""
    skew_seconds: int | None
    """`now` less that time."""
    event: str | None
    """`event` of the body; this and the ids only where they have the form of a name."""
    run_id: str | None
    """`run_id` of the body."""
    task_id: str | None
    """`task_id` of the body."""
    secrets: tuple[SecretFacts, ...]
    """Each secret, the configured ones first."""


@dataclass(frozen=True, slots=True)
class Report:
    """Why a delivery does not verify. `str` gives it in words over several lines.

    It holds no secret, no right signature and none that was received, so it can be shown to whoever may see the
    delivery.
    """

    outcome: Literal["verifies", "explained", "unexplained"]
    """Whether nothing is wrong, the causes say what is, or nothing that was tried makes the signature."""
    code: str
    """What a verifier says: `ok`, the code of its rejection, or why it refuses its secrets."""
    detail: str
    """The same in words; empty where nothing is wrong."""
    secret: str | None
    """The label of the secret that the signature is of, where one is known."""
    causes: tuple[Cause, ...]
    """What is proven to be wrong, all of them together; none unless the outcome is `explained`."""
    lacks: tuple[Lack, ...]
    """What the capture does not hold, so that nothing can be proven with it: of a signature that a log shortened, its
    end."""
    begins_as_signed_with: str | None
    """The label of the secret whose signature begins as the shortened one does: no proof, and very likely."""
    beginning: str | None
    """What the shortened signature tells, in words."""
    suspicions: tuple[Suspicion, ...]
    """What looks wrong, without a proof; only looked for where nothing explains the delivery."""
    answer: str
    """What a receiver answers: also a delivery that verifies may be `unavailable`, for its length, or `quarantined`."""
    answer_detail: str
    """Why, in words; empty where it is `accepted`."""
    tried: tuple[str, ...]
    """The code of every cause under which a signature was computed and compared."""
    macs: int
    """How many signatures were computed."""
    hashed_bytes: int
    """How many bytes were hashed for them."""
    is_complete: bool
    """Whether every hypothesis was tried; False where the bound on the bytes hashed ended the search."""
    facts: Facts
    """Lengths, digests, ids, fingerprints."""
    _json: str = field(repr=False)
    _text: str = field(repr=False)

    def to_json(self) -> str:
        """Give the whole report as one JSON object on one line, as every language does; what is absent is null."""
        return self._json

    def __str__(self) -> str:
        """Give the report in words, for people."""
        return self._text


def diagnose(
    headers: HeadersInput,
    body: bytes | bytearray | memoryview,
    secrets: SecretsInput | EnvSecrets,
    *,
    now: datetime | float | None = None,
    tolerance: timedelta | Tolerance = _TOLERANCE,
    max_body_bytes: int = _core.DEFAULT_MAX_BODY_BYTES,
    other_secrets: SecretsInput = None,
) -> Report:
    """Say why a captured delivery does not verify, by trying what really goes wrong.

    For your own desk: never answer a request with it, since it tells what makes a signature right.

    `headers` and `body` are what reached the verifier: any mapping of headers or pairs, and the body's bytes. `secrets`
    are those of the verifier or receiver; they may be such as it refuses. `other_secrets` are up to eight more that it
    does not have and that may have signed the delivery all the same: the organisation's, another subscription's, the
    previous one. `now` is the time of the delivery, as Unix seconds or as an aware datetime; the host's clock where it
    is None. `tolerance` and `max_body_bytes` are the verifier's, by default its defaults (a receiver with a durable
    store has `Tolerance.for_receiver(durable=True)`).

    A cause is named only where it makes the received signature come out right. Other threads run meanwhile: it hashes
    up to 256 times the body for each secret, and 64 MiB more.

    Raises `TypeError` and `InvalidArgument` for arguments of another type or without a meaning, and nothing for what is
    wrong with the delivery or the secrets.

    >>> from overten_webhook import diagnose, sign
    >>> secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    >>> headers = sign(b'{"event":"run.failed","run_id":"run_01"}', secret, now=1_760_000_000)
    >>> body = b'{"event": "run.failed", "run_id": "run_01"}'
    >>> report = diagnose(headers, body, secret, now=1_760_000_004)
    >>> [cause.code for cause in report.causes]
    ['json_spacing']
    """
    lines = None
    if isinstance(secrets, EnvSecrets):
        lines, secrets = os.fsencode(os.environ.get(secrets.variable, "")), None
    made, text = _core.diagnose(
        headers,
        body,
        secrets,
        lines=lines,
        now=now,
        tolerance=tolerance,
        max_body_bytes=max_body_bytes,
        other_secrets=other_secrets,
    )
    return _report(made, text)


def _report(made: str, text: str) -> Report:
    said: dict[str, Any] = json.loads(made)
    facts: dict[str, Any] = said["facts"]
    secrets = tuple(
        SecretFacts(
            label=secret["label"],
            is_configured=secret["configured"],
            is_trimmed=secret["trimmed"],
            fingerprint=secret["fingerprint"],
            code=secret["code"],
        )
        for secret in facts.pop("secrets")
    )
    return Report(
        outcome=said["outcome"],
        code=said["code"],
        detail=said["detail"],
        secret=said["secret"],
        causes=tuple(Cause(each["cause"], each["what"], each["change"]) for each in said["causes"]),
        lacks=tuple(Lack(each["lack"], each["what"], each["change"]) for each in said["lacks"]),
        begins_as_signed_with=said["begins_as_signed_with"],
        beginning=said["beginning"],
        suspicions=tuple(Suspicion(each["suspicion"], each["what"], each["change"]) for each in said["suspicions"]),
        answer=said["answer"],
        answer_detail=said["answer_detail"],
        tried=tuple(said["tried"]),
        macs=said["macs"],
        hashed_bytes=said["hashed_bytes"],
        is_complete=said["complete"],
        facts=Facts(**facts, secrets=secrets),
        _json=made,
        _text=text,
    )
