"""SPEC section 3: which secrets and labels a verifier takes, and how a secret is shown."""

import hashlib
import re
import unicodedata

PREFIX = "whsec_"
MOST_SECRETS = 8
SHORTEST_BYTES = 16
LONGEST_BYTES = 256

WHITE_SPACE = set(
    "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
BYTE_ORDER_MARK = "\ufeff"
QUOTES = "\"'`"
_SIGNATURE_PREFIX = re.compile(r"(?:v1,|sha256=)", re.IGNORECASE | re.ASCII)
_LABEL = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Refused(Exception):
    """No verifier is made. The first argument is the code, the second the secret's position (None: the number)."""


def trimmed(secret):
    """The secret less the white space and byte order marks around it."""
    return secret.strip("".join(WHITE_SPACE) + BYTE_ORDER_MARK)


def fingerprint(secret):
    return hashlib.sha256(b"overten-webhook fingerprint" + trimmed(secret).encode()).hexdigest()[:8]


def accepted_keys(secrets, labels=None):
    """The HMAC keys of `secrets` in order, or `Refused`. A label that is None or not given is the default one."""
    if not secrets:
        raise Refused("no_secrets", None)
    if len(secrets) > MOST_SECRETS:
        raise Refused("too_many_secrets", None)
    given = labels or [None] * len(secrets)
    keys, used = [], set()
    for position, (secret, label) in enumerate(zip(secrets, given, strict=True)):
        shown = f"secret-{position}" if label is None else label
        if not _LABEL.fullmatch(shown) or shown in used:
            raise Refused("malformed_label", position)
        used.add(shown)
        key = trimmed(secret)
        fault = _fault(key, keys)
        if fault:
            raise Refused(fault, position)
        keys.append(key.encode())
    return keys


def _fault(key, earlier):
    bare = key.removeprefix(PREFIX)
    too_long = len(key.encode()) > LONGEST_BYTES
    if not key:
        return "empty_secret"
    if _is_malformed(key) or (not key.isascii() and not too_long):
        return "malformed_secret"
    if len(bare.encode()) < SHORTEST_BYTES:
        return "short_secret"
    if too_long:
        return "long_secret"
    if key.encode() in earlier:
        return "duplicate_secret"
    return None


def _is_malformed(key):
    """Apart from characters outside ASCII: a text too long that is malformed for these alone is called too long."""
    blank = any(character in WHITE_SPACE or unicodedata.category(character) == "Cc" for character in key)
    quoted = key[0] in QUOTES or key[-1] in QUOTES
    return blank or quoted or PREFIX in key[1:] or _SIGNATURE_PREFIX.match(key) is not None
