"""The signature's form (SPEC section 2, step 2), and well-formed signatures that are not the MAC (step 5)."""

import base64
import hashlib
import hmac

from ..case import S1, S2, V0, V1, ZEROS, delivery, sign, sign_content

HEX = sign()[7:]
RIGHT = bytes.fromhex(HEX)
SIGNED_CONTENT = f"1760000000.{V0}".encode()
SHA1 = hmac.new(S1.encode(), SIGNED_CONTENT, hashlib.sha1).hexdigest()
SHA512 = hmac.new(S1.encode(), SIGNED_CONTENT, hashlib.sha512).hexdigest()
FULL_WIDTH = "".join(chr(0xFF10 + int(digit)) if digit.isdigit() else digit for digit in HEX)

MALFORMED = {
    "no-prefix": HEX,
    "upper-prefix": f"SHA256={HEX}",
    "sha1": f"sha1={SHA1}",
    "sha512": f"sha512={HEX}{HEX}",
    "colon": f"sha256:{HEX}",
    "double-equals": f"sha256=={HEX}",
    "empty-digest": "sha256=",
    "two-digits": f"sha256={HEX[:2]}",
    "63-digits": f"sha256={HEX[:63]}",
    "65-digits": f"sha256={HEX}0",
    "128-digits": f"sha256={HEX}{HEX}",
    "bad-last-digits": f"sha256={HEX[:62]}zz",
    "inner-space": f"sha256= {HEX}",
    "base64": f"sha256={base64.b64encode(RIGHT).decode()}",
    "bare-word": "sha256",
    "bogus": f"bogus={HEX}",
    "latin1": b"sha256=\xe9",
    "v1": f"v1,{HEX}",
    "64k": f"sha256={65536 * 'a'}",
    "title-prefix": f"Sha256={HEX}",
    "hyphen-prefix": f"sha-256={HEX}",
    "no-name": f"={HEX}",
    "name-repeated": f"sha256=sha256={HEX}",
    "real-sha512": f"sha512={SHA512}",
    "sha512-as-sha256": f"sha256={SHA512}",
    "sha1-as-sha256": f"sha256={SHA1}",
    "four-digits": "sha256=abcd",
    "62-digits": f"sha256={HEX[:62]}",
    "66-digits": f"sha256={HEX}00",
    "bad-first-digit": f"sha256=g{HEX[1:]}",
    "hex-prefix": f"sha256=0x{HEX[:62]}",
    "minus-digits": f"sha256=-{HEX[1:]}",
    "space-before-equals": f"sha256 ={HEX}",
    "space-among-digits": f"sha256={HEX[:32]} {HEX[33:]}",
    "quoted": f'"sha256={HEX}"',
    "semicolon-after": f"sha256={HEX};",
    "word-after": f"sha256={HEX} sha256={HEX}",
    "nul-after": f"sha256={HEX}\0",
    "full-width-digits": f"sha256={FULL_WIDTH}",
    "base64url": f"sha256={base64.urlsafe_b64encode(RIGHT).decode().rstrip('=')}",
    "stripe-like": f"t=1760000000 v1={HEX}",
    "surrogate-bytes": b"sha256=\xed\xa0\x80",
    "nul-for-a-digit": f"sha256={HEX[:63]}\0",
}

# Well formed, and wrong by a little or for one of the usual reasons.
MISMATCHED = {
    "last-bit": ("one digit changed", f"sha256={HEX[:63]}8"),
    "half-right": ("first 31 bytes right", f"sha256={HEX[:62]}00"),
    "zeros": ("all zeros", ZEROS),
    "body-only-mac": ("MAC over the body alone", sign_content(V0)),
    "plain-sha256": ("hash without a key", f"sha256={hashlib.sha256(SIGNED_CONTENT).hexdigest()}"),
    "first-bit": ("one bit of the first byte changed", f"sha256={RIGHT[0] ^ 0x80:02x}{HEX[2:]}"),
    "middle-bit": ("one bit of the sixteenth byte changed", f"sha256={HEX[:30]}{RIGHT[15] ^ 1:02x}{HEX[32:]}"),
    "first-half-right": ("first 16 bytes right", f"sha256={HEX[:32]}{32 * '0'}"),
    "second-half-right": ("last 16 bytes right", f"sha256={32 * '0'}{HEX[32:]}"),
    "only-first-byte-wrong": ("last 31 bytes right", f"sha256=00{HEX[2:]}"),
    "reversed": ("the MAC's bytes in the other order", f"sha256={RIGHT[::-1].hex()}"),
    "inverted": ("every bit changed", f"sha256={bytes(byte ^ 0xFF for byte in RIGHT).hex()}"),
    "no-dot": ("timestamp and body without the dot", sign_content(f"1760000000{V0}")),
    "newline-join": ("timestamp and body joined by a newline", sign_content(f"1760000000\n{V0}")),
    "body-first": ("body first, then the timestamp", sign_content(f"{V0}.1760000000")),
    "dot-only": ("a dot and the body, no timestamp", sign_content(f".{V0}")),
    "event-signed-too": ("the event header is not signed", sign_content(f"1760000000.run.completed.{V0}")),
    "secret-as-message": ("key and message changed round", sign(S1, key=SIGNED_CONTENT)),
    "secret-prepended": (
        "hash of the secret and the content, which is no MAC",
        f"sha256={hashlib.sha256(S1.encode() + SIGNED_CONTENT).hexdigest()}",
    ),
    "other-body": ("the right secret over another body", sign(V1)),
    "other-secret": ("another secret over the same body", sign(key=S2)),
    "empty-key": ("the empty key", sign(key="")),
}

CASES = [
    *[delivery(f"signature/{slug}", "not the documented form", signature=value) for slug, value in MALFORMED.items()],
    *[delivery(f"signature/{slug}", note, signature=value) for slug, (note, value) in MISMATCHED.items()],
    delivery(
        "signature/mixed-case",
        "not the documented form, or not the MAC",
        V1,
        signature="sha256=145B2FaB30f993925204754F89433Fb5b2324A45bB64a2d515c9cC8276dF695F",
        event=None,
    ),
]
