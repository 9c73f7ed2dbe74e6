"""What leaves the package: its own exceptions, which can be caught, pickled and shown."""

import inspect
import pickle

import pytest

import overten_webhook
from overten_webhook import TimestampError, Verifier, WebhookError, exceptions
from support import BODY, HEADERS, NOW, S1

SAMPLES = [
    exceptions.WebhookError("internal", "text"),
    exceptions.SecretError("short_secret", "text", 3),
    exceptions.SecretError("no_secrets", "text"),
    exceptions.HeaderError("missing_signature", "text"),
    exceptions.SignatureMismatch("signature_mismatch", "text"),
    exceptions.TimestampError("timestamp_too_old", "text", 301, 300),
    exceptions.BodyTooLarge("body_too_large", "text", 5),
    exceptions.PayloadError("malformed_payload", "text", 7, "event"),
    exceptions.InvalidArgument("invalid_argument", "text"),
    exceptions.InternalError("internal", "text"),
]


def test_every_exception_is_public_and_a_webhook_error() -> None:
    for name in exceptions.__all__:
        cls = getattr(exceptions, name)
        assert getattr(overten_webhook, name) is cls
        assert name in overten_webhook.__all__
        assert issubclass(cls, WebhookError)
        assert inspect.getdoc(cls)
    assert {type(sample).__name__ for sample in SAMPLES} == set(exceptions.__all__)
    assert issubclass(WebhookError, Exception)


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
def test_exceptions_survive_pickle(error: WebhookError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert again.__dict__ == error.__dict__
    assert str(again) == str(error) == "text"


def test_the_compiled_part_raises_these_very_classes() -> None:
    with pytest.raises(TimestampError) as caught:
        Verifier(S1).verify(BODY, HEADERS, now=NOW + 301)
    error = caught.value
    assert type(error) is exceptions.TimestampError
    assert vars(error).keys() == {"code", "status", "retryable", "_text", "age", "tolerance"}
    assert "301 s old where 300 s are allowed" in str(error)
    assert error.__cause__ is None
    assert error.__context__ is None
