"""Headers from a WSGI environ."""

from collections.abc import Mapping
from typing import Any


def headers_from_environ(environ: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Give the request's headers as pairs, from a WSGI environ, where they hide behind `HTTP_` keys.

    A WSGI server joins repeated headers with a comma; the verifier then refuses them as it refuses two.

    >>> from overten_webhook import headers_from_environ
    >>> headers_from_environ({"HTTP_X_OVERTEN_TIMESTAMP": "1760000000", "wsgi.url_scheme": "https"})
    [('X-OVERTEN-TIMESTAMP', '1760000000')]
    """
    return [
        (key.removeprefix("HTTP_").replace("_", "-"), value)
        for key, value in environ.items()
        if key.startswith("HTTP_") and isinstance(value, str)
    ]
