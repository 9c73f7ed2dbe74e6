"""A request as WSGI has it: its headers, its path as bytes, its body as it arrives."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

_CHUNK_BYTES = 64 * 1024


def headers_from_environ(environ: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Give the request's headers as pairs, from a WSGI environ, where they hide behind `HTTP_` keys.

    A WSGI server joins repeated headers with a comma; the verifier then refuses them as it refuses two.

    >>> from overten_webhook import headers_from_environ
    >>> headers_from_environ({"HTTP_X_OVERTEN_TIMESTAMP": "1760000000", "CONTENT_LENGTH": "62", "SERVER_PORT": "80"})
    [('X-OVERTEN-TIMESTAMP', '1760000000'), ('CONTENT-LENGTH', '62')]
    """
    return [
        (key.removeprefix("HTTP_").replace("_", "-"), value)
        for key, value in environ.items()
        if (key.startswith("HTTP_") or (key in ("CONTENT_LENGTH", "CONTENT_TYPE") and value)) and isinstance(value, str)
    ]


def target_of(environ: Mapping[str, Any]) -> bytes:
    """Give the path's bytes, which WSGI hands over percent-decoded, and then as Latin-1."""
    return undecoded((environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1", "replace"))


def undecoded(path: str | bytes) -> bytes:
    """Give a path that a server has percent-decoded in a form that decodes to it, once."""
    path = path.encode("utf-8", "surrogateescape") if isinstance(path, str) else path
    return path.replace(b"%", b"%25").replace(b"?", b"%3F").replace(b"#", b"%23")


def body_chunks(environ: Mapping[str, Any], read: Callable[[int], bytes] | None = None) -> Iterator[bytes]:
    """Give the body as it arrives, through the framework's `read` where it has one. The core compares its length.

    A body without a length can be read only where the server says that it ends; elsewhere it raises.
    """
    raw: Any = environ.get("wsgi.input")
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isascii() and length.isdigit():
        missing = int(length)
        read = read or raw.read
        while missing > 0 and (chunk := read(min(missing, _CHUNK_BYTES))):
            missing -= len(chunk)
            yield chunk
    elif environ.get("wsgi.input_terminated") or raw is None:
        read = raw.read if raw is not None or read is None else read
        while chunk := read(_CHUNK_BYTES):
            yield chunk
    else:
        raise EOFError(
            "this WSGI server neither says how long the body is nor hands on one without a length; use one that sets "
            "wsgi.input_terminated"
        )
