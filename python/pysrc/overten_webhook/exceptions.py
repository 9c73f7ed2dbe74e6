"""What this package raises. The compiled part raises these and no others, apart from TypeError for a wrong type."""

from overten_webhook._core import CODES

__all__ = [
    "BodyTooLarge",
    "HeaderError",
    "InternalError",
    "InvalidArgument",
    "PayloadError",
    "SecretError",
    "SignatureMismatch",
    "TimestampError",
    "WebhookError",
]


class WebhookError(Exception):
    """The base of all of them. Its text says what to do, and never holds a secret, a signature or a body.

    `code` is a stable word, the same in every stack. `status` is the HTTP status to answer with, and `retryable` tells
    whether Overten then sends the delivery again.

    >>> from overten_webhook import Verifier, WebhookError
    >>> try:
    ...     Verifier("whsec_short")
    ... except WebhookError as error:
    ...     print(error.code, error.status, error.retryable)
    short_secret 503 True
    """

    code: str
    status: int
    retryable: bool

    def __init__(self, code: str, text: str, *details: object) -> None:
        super().__init__(code, text, *details)
        self.code = code
        _number, self.status, self.retryable = CODES[code]
        self._text = text

    def __str__(self) -> str:
        """Give the text alone."""
        return self._text


class SecretError(WebhookError):
    """Secrets were refused when a verifier was made: `code` says which rule, `position` which secret, from 0."""

    position: int | None

    def __init__(self, code: str, text: str, position: int | None = None) -> None:
        super().__init__(code, text, position)
        self.position = position


class HeaderError(WebhookError):
    """The signature or timestamp header is missing or malformed: this is not Overten, or a proxy drops headers."""


class SignatureMismatch(WebhookError):
    """No configured secret made this signature: forged, changed on the way, or a secret is wrong."""


class TimestampError(WebhookError):
    """Authentic, but not fresh. `age` is `now` less the delivery's time and `tolerance` what was allowed, in seconds.

    `code` is `timestamp_too_old`, or `timestamp_in_future`, and then `age` is negative.
    """

    age: int
    tolerance: int

    def __init__(self, code: str, text: str, age: int, tolerance: int) -> None:
        super().__init__(code, text, age, tolerance)
        self.age = age
        self.tolerance = tolerance


class BodyTooLarge(WebhookError):
    """The body is longer than `max_body_bytes`; it was not looked at."""

    max_body_bytes: int

    def __init__(self, code: str, text: str, max_body_bytes: int) -> None:
        super().__init__(code, text, max_body_bytes)
        self.max_body_bytes = max_body_bytes


class PayloadError(WebhookError):
    """Authentic, but the body is not an event that can be read. Never a failure of the signature.

    `field` is the member that it is about, `offset` where it was noticed in the received bytes; either may be None.
    """

    offset: int | None
    field: str | None

    def __init__(self, code: str, text: str, offset: int | None = None, field: str | None = None) -> None:
        super().__init__(code, text, offset, field)
        self.offset = offset
        self.field = field


class InvalidArgument(WebhookError, ValueError):
    """An argument of the right type has no meaning: a datetime without a time zone, a negative tolerance."""


class InternalError(WebhookError):
    """A fault of this package. Nothing is known that raises it."""
