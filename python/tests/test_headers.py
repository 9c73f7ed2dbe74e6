"""Headers from every host, and what a stranger or a caller may put in them."""

import email.message
import http.client
import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpHeaders
from multidict import CIMultiDict, CIMultiDictProxy
from starlette.datastructures import Headers as StarletteHeaders
from starlette.datastructures import ImmutableMultiDict
from werkzeug.datastructures import EnvironHeaders, MultiDict
from werkzeug.datastructures import Headers as WerkzeugHeaders

from overten_webhook import HeaderError, Receiver, SignatureMismatch, Verifier, WebhookError, headers_from_environ
from support import BODY, HEADERS, NOW, S1, SIGNATURE

VERIFIER = Verifier(S1)
ENVIRON = {"HTTP_" + name.upper().replace("-", "_"): value for name, value in HEADERS.items()} | {
    "REQUEST_METHOD": "POST",
    "wsgi.input": io.BytesIO(BODY),
    "wsgi.version": (1, 0),
}
RAW = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
TWICE = [*HEADERS.items(), ("x-overten-timestamp", "1760000000")]
RAW_TWICE = [(name.lower().encode(), value.encode()) for name, value in TWICE]


def message_of(pairs: Any) -> http.client.HTTPMessage:
    message = http.client.HTTPMessage()
    for name, value in pairs:
        message[name] = value
    return message


HOSTS = {
    "dict": lambda pairs: dict(pairs),
    "dict of bytes": lambda pairs: {name.encode(): value.encode() for name, value in pairs},
    "pairs": list,
    "tuple of pairs": tuple,
    "lists as pairs": lambda pairs: [list(pair) for pair in pairs],
    "iterator": iter,
    "ASGI scope": lambda pairs: [(name.lower().encode(), value.encode()) for name, value in pairs],
    "Starlette": lambda pairs: StarletteHeaders(raw=[(n.lower().encode(), v.encode()) for n, v in pairs]),
    "Werkzeug": lambda pairs: WerkzeugHeaders(list(pairs)),
    "aiohttp": lambda pairs: CIMultiDictProxy(CIMultiDict(pairs)),
    "http.client": message_of,
}
FOLDING = {  # hosts whose mapping holds each name once
    "Django": lambda: HttpHeaders(ENVIRON),
    "Werkzeug environ": lambda: EnvironHeaders(ENVIRON),
    "WSGI environ": lambda: headers_from_environ(ENVIRON),
}


@pytest.mark.parametrize("host", HOSTS)
def test_reads_every_host(host: str) -> None:
    assert VERIFIER.verify(BODY, HOSTS[host](HEADERS.items()), now=NOW).age == 0


@pytest.mark.parametrize("host", FOLDING)
def test_reads_every_environ_host(host: str) -> None:
    assert VERIFIER.verify(BODY, FOLDING[host](), now=NOW).age == 0


@pytest.mark.parametrize("host", [host for host in HOSTS if "dict" not in host])
def test_sees_every_value_of_a_repeated_header(host: str) -> None:
    with pytest.raises(HeaderError) as caught:
        VERIFIER.verify(BODY, HOSTS[host](TWICE), now=NOW)
    assert caught.value.code == "malformed_timestamp"


@pytest.mark.parametrize("joined", ["1760000000, 1760000000", "1760000000,1760000000"])
def test_refuses_what_a_host_joined(joined: str) -> None:
    """K3-03: the Workers runtime and WSGI servers join repeats with a comma."""
    for given in (
        HEADERS | {"X-Overten-Timestamp": joined},
        HttpHeaders(ENVIRON | {"HTTP_X_OVERTEN_TIMESTAMP": joined}),
    ):
        with pytest.raises(HeaderError) as caught:
            VERIFIER.verify(BODY, given, now=NOW)
        assert caught.value.code == "malformed_timestamp"


@pytest.mark.parametrize("spell", [str, str.lower, str.upper, str.swapcase])
def test_names_compare_without_case(spell: Any) -> None:
    """K3-01."""
    assert VERIFIER.verify(BODY, {spell(name): value for name, value in HEADERS.items()}, now=NOW)


def test_environ_keys_count_only_through_their_helper() -> None:
    """K3-01: WSGI's spelling is no header name."""
    strings = {key: value for key, value in ENVIRON.items() if isinstance(value, str)}
    http = {key: value for key, value in strings.items() if key.startswith("HTTP_")}
    for given in (strings, http):
        with pytest.raises(TypeError, match=r"headers_from_environ\(environ\)"):
            VERIFIER.verify(BODY, given, now=NOW)
    with pytest.raises(HeaderError) as caught:  # a stranger's request
        VERIFIER.verify(BODY, {**http, "Host": "localhost"}, now=NOW)
    assert caught.value.code == "missing_signature"


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_names_of_other_bytes_are_a_type_error(kind: Any) -> None:
    with pytest.raises(TypeError, match="names of str or bytes"):
        VERIFIER.verify(BODY, [(kind(name.encode()), value) for name, value in HEADERS.items()], now=NOW)


@pytest.mark.parametrize("kind", [MultiDict, ImmutableMultiDict], ids=["Werkzeug", "Starlette"])
def test_every_value_of_a_mapping_of_many_counts(kind: Any) -> None:
    pairs = list(HEADERS.items())
    assert VERIFIER.verify(BODY, kind(pairs), now=NOW)
    with pytest.raises(HeaderError) as caught:
        VERIFIER.verify(BODY, kind([*pairs, ("X-Overten-Signature", HEADERS["X-Overten-Signature"])]), now=NOW)
    assert caught.value.code == "malformed_signature"


@pytest.mark.parametrize("good_first", [True, False])
def test_two_spellings_in_one_mapping_are_ambiguous(good_first: bool) -> None:
    """K3-02: neither the first nor the last wins."""
    pairs = [("X-Overten-Signature", SIGNATURE), ("x-overten-signature", "sha256=" + "0" * 64)]
    mapping = dict(pairs if good_first else pairs[::-1]) | {"X-Overten-Timestamp": str(NOW)}
    with pytest.raises(HeaderError) as caught:
        VERIFIER.verify(BODY, mapping, now=NOW)
    assert caught.value.code == "malformed_signature"


WRONG_VALUES = {
    "latin-1": "sha256=\xe9",
    "latin-1 in full length": "sha256=\xe9" + "0" * 63,
    "lone surrogate": "sha256=" + "\ud83d" * 64,
    "lone low surrogate": "\udce9",
    "astral": "sha256=" + "😀" * 64,
    "no-break space": "\xa0",
    "NUL": "sha256=\0",
    "bytes not UTF-8": b"sha256=\xe9\xff",
    "64 KiB": "sha256=" + "a" * 65536,
    "list of two": [SIGNATURE, SIGNATURE],
}
NO_VALUES = {
    "int": 1760000000,
    "float": float("nan"),
    "bool": True,
    "dict": {},
    "bytearray": bytearray(b"x"),
    "object": object(),
    "list of an int": [5],
}


@pytest.mark.parametrize("name", ["X-Overten-Signature", "X-Overten-Timestamp"])
@pytest.mark.parametrize("value", WRONG_VALUES.values(), ids=WRONG_VALUES)
def test_wrong_values_are_malformed(name: str, value: Any) -> None:
    """K6-04: and nothing but the documented error leaves."""
    expected = "malformed_" + name.removeprefix("X-Overten-").lower()
    changed = HEADERS | {name: value}
    for given in (changed, list(changed.items()), iter(changed.items())):
        with pytest.raises(HeaderError) as caught:
            VERIFIER.verify(BODY, given, now=NOW)
        assert (caught.value.code, caught.value.status) == (expected, 400)


@pytest.mark.parametrize("name", ["X-Overten-Signature", b"x-overten-timestamp", "content-length"])
@pytest.mark.parametrize("value", NO_VALUES.values(), ids=NO_VALUES)
def test_what_no_server_hands_over_is_a_type_error(name: Any, value: Any) -> None:
    """Issue 11, 7; N-19: a mistake of the caller's was answered with a final 400."""
    changed = HEADERS | {name: value}
    for given in (changed, list(changed.items()), iter(changed.items())):
        with pytest.raises(TypeError, match="multiValueHeaders"):
            VERIFIER.verify(BODY, given, now=NOW)
        with pytest.raises(TypeError, match="multiValueHeaders"):
            Receiver(S1, handler=print, set_aside=print).receive("POST", list(changed.items()), BODY)


def test_a_gateways_lists_are_repeated_values() -> None:
    """Issue 11, 7; N-19."""
    event = {name: [value] for name, value in HEADERS.items()} | {"X-Forwarded-For": ["a", "b"], "Cookie": None}
    assert VERIFIER.verify(BODY, event, now=NOW)
    with pytest.raises(HeaderError) as caught:
        VERIFIER.verify(BODY, event | {"X-Overten-Timestamp": [str(NOW), str(NOW)]}, now=NOW)
    assert caught.value.code == "malformed_timestamp"
    assert VERIFIER.verify(BODY, event | {"X-Overten-Timestamp": (str(NOW),)}, now=NOW)
    with pytest.raises(HeaderError) as caught:
        VERIFIER.verify(BODY, event | {"X-Overten-Timestamp": []}, now=NOW)
    assert caught.value.code == "missing_timestamp"


@pytest.mark.parametrize("rest", [{}, {"wsgi.version": None}])
def test_an_environ_in_place_of_headers_names_the_right_call(rest: Any) -> None:
    """Issue 11, 7: it was `missing_signature`, a final 400."""
    with pytest.raises(TypeError, match=r"headers_from_environ\(environ\)"):
        VERIFIER.verify(BODY, {**ENVIRON, **rest}, now=NOW)
    asgi_meta = {name: value for name, value in ENVIRON.items() if "wsgi" not in name} | {"wsgi.multithread": True}
    with pytest.raises(TypeError, match=r"request\.headers"):
        VERIFIER.verify(BODY, asgi_meta, now=NOW)


def test_a_strangers_header_is_never_a_type_error() -> None:
    names = ("wsgi.input", "wsgi.version", "HTTP_X_OVERTEN_SIGNATURE", "REQUEST_METHOD", "\ud83d")
    assert VERIFIER.verify(BODY, HEADERS | dict.fromkeys(names, "x"), now=NOW)


@pytest.mark.parametrize("make", [StarletteHeaders, WerkzeugHeaders], ids=["Starlette", "Werkzeug"])
def test_a_body_emptied_on_its_way_says_so(make: Any) -> None:
    """Issue 11, 28: `Content-Length` says that there was one."""
    headers = HEADERS | {"Content-Length": str(len(BODY))}
    with pytest.raises(SignatureMismatch, match="Content-Length says 62"):
        VERIFIER.verify(b"", make(headers), now=NOW)


@pytest.mark.parametrize("value", [None, "", "  ", "\t", b"", b" \t"])
def test_absent_and_blank_values_are_missing(value: Any) -> None:
    """K3-10; None is what `headers.get(name)` gives for a header that was not sent."""
    with pytest.raises(HeaderError) as caught:
        VERIFIER.verify(BODY, HEADERS | {"X-Overten-Signature": value}, now=NOW)
    assert caught.value.code == "missing_signature"


@pytest.mark.parametrize("key", [None, 5, 5.0, b"\xff", "\ud83d", "é", ("a",), Ellipsis], ids=repr)
def test_foreign_names_are_no_header_of_ours(key: Any) -> None:
    assert VERIFIER.verify(BODY, {**HEADERS, key: "x"}, now=NOW)
    assert VERIFIER.verify(BODY, [*HEADERS.items(), (key, object())], now=NOW)


@pytest.mark.parametrize(
    "name", ["Host", "Via", "X-Request-ID", "Accept-Encoding", "HTTP_X_OVERTEN_EVENT", "é" * 7, None]
)
def test_a_header_that_nobody_looks_at_may_hold_anything(name: Any) -> None:
    for value in (5, [5], ("a", 5), {}, [SIGNATURE, SIGNATURE]):
        assert VERIFIER.verify(BODY, HEADERS | {name: value}, now=NOW)
        assert VERIFIER.verify(BODY, [(name, value), *HEADERS.items()], now=NOW)


def test_a_werkzeug_environ_is_read_as_werkzeug_shows_it() -> None:
    """In one pass over the environ, without its own: what both make of odd keys must be the same."""
    odd = {
        "HTTP_CONTENT_LENGTH": "5",  # hidden
        "CONTENT_LENGTH": "",  # not sent
        "HTTP_HOST": "receiver.example",
        "HTTP_": "",
        "HTTP": "",
        "HTTP_\ud83d": "x",
        "X_OVERTEN_SIGNATURE": SIGNATURE,
        "X-Overten-Signature": SIGNATURE,
    }
    assert VERIFIER.verify(BODY, EnvironHeaders(ENVIRON | odd), now=NOW)
    with pytest.raises(SignatureMismatch, match="Content-Length says 62"):
        VERIFIER.verify(b"", EnvironHeaders(ENVIRON | {"CONTENT_LENGTH": "62"}), now=NOW)
    for twice in ("HTTP_x_Overten_Signature", "HTTP_X-OVERTEN-SIGNATURE"):
        shown = EnvironHeaders(ENVIRON | {twice: SIGNATURE})
        for headers in (shown, list(shown)):
            with pytest.raises(HeaderError) as caught:
                VERIFIER.verify(BODY, headers, now=NOW)
            assert caught.value.code == "malformed_signature"
    with pytest.raises(TypeError, match="multiValueHeaders"):
        VERIFIER.verify(BODY, EnvironHeaders(ENVIRON | {"HTTP_X_OVERTEN_SIGNATURE": 5}), now=NOW)


@pytest.mark.parametrize("base", [StarletteHeaders, WerkzeugHeaders], ids=["Starlette", "Werkzeug"])
def test_a_class_derived_from_a_frameworks_is_read_as_it_shows_itself(base: Any) -> None:
    class Headers(base):  # type: ignore[misc]
        def items(self, *_: Any) -> Any:
            return TWICE

    assert VERIFIER.verify(BODY, base(HEADERS), now=NOW)  # known by its class from here on
    for headers in (Headers(HEADERS), Headers(HEADERS)):
        with pytest.raises(HeaderError) as caught:
            VERIFIER.verify(BODY, headers, now=NOW)
        assert caught.value.code == "malformed_timestamp"


@pytest.mark.parametrize(
    "given", [None, 5, 5.0, True, "a: b", b"a: b", Ellipsis, ["ab"], [("a",)], [("a", "b", "c")], [5]]
)
def test_what_cannot_be_headers_is_a_type_error(given: Any) -> None:
    for call in (lambda: VERIFIER.verify(BODY, given, now=NOW), lambda: VERIFIER.check_headers(given)):
        with pytest.raises(TypeError, match="headers must be"):
            call()


def test_errors_of_the_callers_own_mapping_are_the_callers() -> None:
    class Broken:
        def items(self) -> Iterator[tuple[str, str]]:
            message = "mine"
            raise LookupError(message)

    with pytest.raises(LookupError, match="mine"):
        VERIFIER.verify(BODY, Broken(), now=NOW)


def test_a_mapping_that_changes_while_it_is_read_is_no_internal_error() -> None:
    class Name(str):
        __slots__ = ()

        def encode(self, *_: Any) -> bytes:
            mapping.clear()
            return b""

    mapping: dict[Any, str] = {Name("\ud83d"): "x", **HEADERS}
    assert VERIFIER.verify(BODY, mapping, now=NOW)


def test_check_headers_says_what_verify_would() -> None:
    VERIFIER.check_headers(HEADERS)
    Verifier.check_headers(HEADERS | {"X-Overten-Signature": "sha256=" + "0" * 64})
    for broken in ({}, HEADERS | {"X-Overten-Timestamp": "01"}, HEADERS | {"X-Overten-Signature": "sha1=00"}):
        with pytest.raises(HeaderError) as by_check:
            VERIFIER.check_headers(broken)
        with pytest.raises(HeaderError) as by_verify:
            VERIFIER.verify(BODY, broken, now=NOW)
        assert by_check.value.code == by_verify.value.code


def test_email_message_is_a_mapping_too() -> None:
    message = email.message.Message()
    for name, value in HEADERS.items():
        message[name] = value
    assert VERIFIER.verify(BODY, message, now=NOW)


def test_content_type_has_no_say() -> None:
    """K1-06."""
    for content_type in ("text/plain", "application/json; charset=utf-8", "application/x-www-form-urlencoded"):
        assert VERIFIER.verify(BODY, HEADERS | {"Content-Type": content_type}, now=NOW)


def test_event_header_has_no_say() -> None:
    event = VERIFIER.verify(BODY, HEADERS | {"X-Overten-Event": "run.failed"}, now=NOW).event()
    assert event.name == "run.completed"


def test_mismatch_is_told_apart_from_malformed() -> None:
    with pytest.raises(SignatureMismatch) as caught:
        VERIFIER.verify(BODY, HEADERS | {"X-Overten-Signature": SIGNATURE[:-1] + "0"}, now=NOW)
    assert isinstance(caught.value, WebhookError)
    assert (caught.value.code, caught.value.status, caught.value.retryable) == ("signature_mismatch", 401, False)
