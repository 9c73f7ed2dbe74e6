"""Which secrets make a verifier, in which order they are judged, and which one matched (SPEC section 3)."""

import base64

from ..case import S1, S2, V1, delivery, sign

BARE = S1[len("whsec_") :]
SEVEN = [f"whsec_{position:032}" for position in range(7)]
NINE = [f"whsec_{position:032}" for position in range(9)]
SHORTER = "whsec_abcdefghijklmnop"
PASTED = "what a copy and paste brings along"
PASTED_OR_LENGTH = "what a copy and paste brings along, or a length in bytes"
BYTES = "length counts bytes"
EVERY_WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
OUT_OF_PLACE = {
    "\0": "a NUL",
    "\n": "a newline",
    "\x1f": "a control character",
    "\x7f": "the control character DEL",
    "\x85": "a C1 control character that is white space too",
    "\x9f": "the last C1 control character",
    "\u1680": "white space",
    "\u2028": "a line separator",
    "\u3000": "white space",
    "\u200c": "a zero-width non-joiner",
    "\u200d": "a zero-width joiner",
}
QUOTES = "\"'`\u2018\u2019\u201c\u201d"
IN_TURN = "each secret in turn, and the first fault counts"


def inside(character):
    return f"whsec_AAECAwQF{character}BgcICQoLDA0ODxAREhMUFRYX"


def matching(slug, note, secret, **more):
    """One secret that is also the key the delivery is signed with."""
    return delivery(f"secrets/{slug}", note, secrets=[secret], key=secret, **more)


CASES = [
    delivery("secrets/wrong", "another secret", secrets=[S2]),
    delivery("secrets/none", "no secret at all", secrets=[]),
    delivery("secrets/empty", "an empty secret, MACed with the empty key", secrets=[""], signature=sign(key="")),
    delivery("secrets/blank", "white space only", secrets=["  \n"]),
    delivery("secrets/inner-space", "white space inside", secrets=[inside(" ")]),
    delivery("secrets/quoted", "pasted with its quotes", secrets=[f'"{S1}"']),
    delivery("secrets/version-prefix", "pasted with a signature's prefix", secrets=[f"v1,{S1}"]),
    delivery("secrets/too-short", "fewer than 16 bytes after the prefix", secrets=["whsec_QQ=="]),
    delivery("secrets/too-long", "more than 256 bytes", secrets=["whsec_" + 251 * "a"]),
    delivery("secrets/duplicate", "the same one twice", secrets=[S1, S2, S1]),
    delivery("secrets/nine", "more than eight", secrets=NINE),
    delivery("secrets/eight", "eight, the last matches", secrets=[*SEVEN, S1]),
    delivery("secrets/without-prefix", "a secret need not carry the prefix", secrets=[BARE], key=BARE),
    delivery(
        "secrets/non-ascii",
        "any UTF-8 is a key",
        secrets=["whsec_cl\xe9-secr\xe8te-0123456789"],
        key="whsec_cl\xe9-secr\xe8te-0123456789",
    ),
    delivery(
        "secrets/base64-key",
        "the base64 reading of the secret is not the key",
        signature=sign(key=base64.b64decode(BARE)),
    ),
    delivery("secrets/sixteen-bytes", BYTES, secrets=["whsec_aaaaaaaaaaaaaaaa"], key="whsec_aaaaaaaaaaaaaaaa"),
    delivery("secrets/sixteen-bytes-no-prefix", BYTES, secrets=["bbbbbbbbbbbbbbbb"], key="bbbbbbbbbbbbbbbb"),
    delivery(
        "secrets/eight-characters-of-two-bytes",
        BYTES,
        secrets=["\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9"],
        key="\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9",
    ),
    delivery("secrets/256-bytes", BYTES, secrets=["whsec_" + 250 * "a"], key="whsec_" + 250 * "a"),
    delivery("secrets/fifteen-bytes", "length counts bytes after the prefix", secrets=["whsec_aaaaaaaaaaaaaaa"]),
    delivery("secrets/fifteen-bytes-no-prefix", "length counts bytes after the prefix", secrets=["bbbbbbbbbbbbbbb"]),
    delivery("secrets/129-characters-of-two-bytes", BYTES, secrets=[129 * "\xe9"]),
    delivery("secrets/inner-tab", PASTED, secrets=[inside("\t")]),
    delivery("secrets/inner-bell", PASTED, secrets=[inside("\x07")]),
    delivery("secrets/inner-c1-control", PASTED, secrets=[inside("\x86")]),
    delivery("secrets/inner-nbsp", PASTED, secrets=[inside("\xa0")]),
    delivery("secrets/inner-zero-width-space", PASTED, secrets=[inside("\u200b")]),
    delivery("secrets/inner-bom", PASTED, secrets=[inside("\ufeff")]),
    delivery("secrets/single-quotes", PASTED, secrets=[f"'{S1}'"]),
    delivery("secrets/backticks", PASTED, secrets=[f"`{S1}`"]),
    delivery("secrets/one-quote", PASTED, secrets=[f'"{S1}']),
    delivery(
        "secrets/signature-pasted",
        PASTED,
        secrets=["sha256=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"],
    ),
    delivery("secrets/version-prefix-upper", PASTED, secrets=[f"V1,{S1}"]),
    delivery("secrets/short-and-inner-space", PASTED, secrets=["a b"]),
    delivery("secrets/long-and-inner-space", PASTED, secrets=[200 * "a " + "a"]),
    delivery(
        "secrets/around-nbsp", "Unicode white space and a BOM around a secret are removed", secrets=[f"\xa0{S1}\u3000"]
    ),
    delivery("secrets/around-nel", "Unicode white space and a BOM around a secret are removed", secrets=[f"{S1}\x85"]),
    delivery(
        "secrets/around-bom", "Unicode white space and a BOM around a secret are removed", secrets=[f"\ufeff{S1}"]
    ),
    delivery("secrets/duplicate-after-trim", "the same once trimmed", secrets=[S1, f"{S1}\n"]),
    delivery("secrets/with-and-without-prefix", "two secrets, not the same bytes", secrets=[BARE, S1]),
    delivery("secrets/nine-first-empty", "the number is looked at first", secrets=["", *NINE[:8]]),
    delivery("secrets/second-short-third-empty", "each in turn", secrets=[S1, "short", ""]),
    delivery(
        "secrets/u200b-end",
        PASTED_OR_LENGTH,
        V1,
        secrets=["whsec_abcdefghijklmnop\u200b"],
        key="whsec_abcdefghijklmnop\u200b",
        event=None,
    ),
    delivery(
        "secrets/u001c-end",
        PASTED_OR_LENGTH,
        V1,
        secrets=["whsec_abcdefghijklmnop\x1c"],
        key="whsec_abcdefghijklmnop\x1c",
        event=None,
    ),
    delivery(
        "secrets/nul-end",
        PASTED_OR_LENGTH,
        V1,
        secrets=["whsec_abcdefghijklmnop\x00"],
        key="whsec_abcdefghijklmnop\x00",
        event=None,
    ),
    delivery(
        "secrets/nul-inside",
        PASTED_OR_LENGTH,
        V1,
        secrets=["whsec_abcdefghijklmnop\x00q"],
        key="whsec_abcdefghijklmnop\x00q",
        event=None,
    ),
    delivery(
        "secrets/u200d-inside",
        PASTED_OR_LENGTH,
        V1,
        secrets=["whsec_abcdefghijklmnop\u200dq"],
        key="whsec_abcdefghijklmnop\u200dq",
        event=None,
    ),
    delivery(
        "secrets/quote-end-only",
        PASTED_OR_LENGTH,
        V1,
        secrets=['whsec_abcdefghijklmnop"'],
        key='whsec_abcdefghijklmnop"',
        event=None,
    ),
    delivery(
        "secrets/quote-inside",
        PASTED_OR_LENGTH,
        V1,
        secrets=["whsec_abcdefghijklmnop\"'`q"],
        key="whsec_abcdefghijklmnop\"'`q",
        event=None,
    ),
    delivery(
        "secrets/typographic-quotes",
        PASTED_OR_LENGTH,
        V1,
        secrets=["\u201cwhsec_abcdefghijklmnop\u201d"],
        key="\u201cwhsec_abcdefghijklmnop\u201d",
        event=None,
    ),
    delivery(
        "secrets/sha256-upper",
        PASTED_OR_LENGTH,
        V1,
        secrets=["SHA256=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"],
        key="SHA256=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        event=None,
    ),
    delivery(
        "secrets/nfd-kept",
        PASTED_OR_LENGTH,
        V1,
        secrets=["whsec_abcdefghijklmnope\u0301"],
        key="whsec_abcdefghijklmnope\u0301",
        event=None,
    ),
    delivery("secrets/feff-only", PASTED_OR_LENGTH, V1, secrets=["\ufeff"], signature=sign(V1, key=""), event=None),
    delivery("secrets/nbsp-only", PASTED_OR_LENGTH, V1, secrets=["\xa0\u2003"], signature=sign(V1, key=""), event=None),
    delivery(
        "secrets/space-after-prefix",
        PASTED_OR_LENGTH,
        V1,
        secrets=["whsec_ abcdefghijklmnop"],
        key="whsec_ abcdefghijklmnop",
        event=None,
    ),
    delivery(
        "secrets/feff-and-space-only", PASTED_OR_LENGTH, V1, secrets=["\ufeff "], signature=sign(V1, key=""), event=None
    ),
    delivery(
        "secrets/two-cases", PASTED_OR_LENGTH, V1, secrets=[SHORTER, "WHSEC_ABCDEFGHIJKLMNOP"], key=SHORTER, event=None
    ),
    delivery("secrets/prefix-dropped-key", PASTED_OR_LENGTH, V1, signature=sign(V1, key=BARE), event=None),
    delivery("secrets/curly-quotes-one-end", "typographic quotes too", secrets=[f"\u2018{S1}"]),
    delivery("secrets/zero-width-space-at-end", "not white space, so not removed", secrets=[f"{S1}\u200b"]),
    # Around a secret
    delivery("secrets/crlf-after", "the newline of a mounted file", secrets=[f"{S1}\r\n"]),
    delivery(
        "secrets/space-before", "white space around a secret is removed when the verifier is made", secrets=[f" {S1}"]
    ),
    delivery(
        "secrets/bom-and-newlines-around",
        "a BOM and white space, mixed, around a secret are removed",
        secrets=[f"\ufeff \n\ufeff{S1}\r\n\ufeff\n"],
    ),
    delivery(
        "secrets/every-white-space-around",
        "every character of Unicode's White_Space is removed around a secret",
        secrets=["".join(EVERY_WHITE_SPACE) + S1 + "".join(EVERY_WHITE_SPACE)],
    ),
    *[
        delivery(
            f"secrets/around-{ord(space):04x}",
            "Unicode's White_Space around a secret is removed",
            secrets=[f"{space}{S1}{space}"],
        )
        for space in EVERY_WHITE_SPACE
    ],
    # Inside a secret
    *[
        delivery(f"secrets/inside-{ord(character):04x}", f"{what} inside a secret", secrets=[inside(character)])
        for character, what in OUT_OF_PLACE.items()
    ],
    matching("inside-180e", "U+180E has not been white space for long, and is part of the secret", inside("\u180e")),
    matching("end-180e", "U+180E at the end is part of the secret, so it is not removed", f"{S1}\u180e"),
    matching("inside-00ad", "a soft hyphen is not on the list, and is part of the secret", inside("\xad")),
    matching("inside-2060", "a word joiner is not on the list, and is part of the secret", inside("\u2060")),
    matching(
        "emoji", "any UTF-8 is a key, four bytes a character too", "whsec_\U0001f600\U0001f600\U0001f600\U0001f600"
    ),
    matching("punctuation", "a secret may hold commas, colons and equals signs", "whsec_a,b:c=d;e/f+g|h"),
    # At an end of a secret
    *[
        delivery(f"secrets/{ord(quote):04x}-before", "a quote at the start of a secret", secrets=[f"{quote}{S1}"])
        for quote in "'`\u2019\u201c\u201d"
    ],
    *[
        delivery(f"secrets/{ord(quote):04x}-after", "a quote at the end of a secret", secrets=[f"{S1}{quote}"])
        for quote in QUOTES
    ],
    delivery("secrets/quote-alone", "a quote and nothing else", secrets=['"']),
    delivery(
        "secrets/quotes-within-spaces", "a quote that only white space parts from the end", secrets=[f' "{S1}" \n']
    ),
    delivery(
        "secrets/version-prefix-after-space",
        "pasted with a signature's prefix, white space in front",
        secrets=[f" v1,{S1}"],
    ),
    delivery("secrets/sha256-prefix", "pasted with the signature's prefix", secrets=[f"sha256={S1}"]),
    delivery("secrets/sha256-prefix-mixed", "pasted with the signature's prefix, any case", secrets=[f"ShA256={S1}"]),
    delivery(
        "secrets/version-prefix-alone", "a prefix and nothing else is malformed before it is short", secrets=["v1,"]
    ),
    matching("version-prefix-inside", "only in front is it in the way", f"{S1}v1,sha256=abc"),
    matching("version-2", "another version is not on the list", f"v2,{S1}"),
    delivery(
        "secrets/dash-prefix",
        "a hyphen for the underscore: a secret without the prefix, and another key",
        secrets=[f"whsec-{BARE}"],
    ),
    matching(
        "dash-prefix-signed", "a hyphen for the underscore: signed with that very text it verifies", f"whsec-{BARE}"
    ),
    # Lengths
    delivery("secrets/prefix-alone", "the prefix and nothing else", secrets=["whsec_"]),
    delivery("secrets/one-byte", "one byte", secrets=["a"]),
    delivery(
        "secrets/fifteen-bytes-of-two",
        "length counts bytes after the prefix",
        secrets=["whsec_\xe9\xe9\xe9\xe9\xe9\xe9\xe9a"],
    ),
    delivery(
        "secrets/short-within-spaces",
        "length counts what is left once trimmed",
        secrets=["   whsec_aaaaaaaaaaaaaaa   "],
    ),
    matching("sixteen-after-two-prefixes", "the prefix is left out of the count once", "whsec_whsec_aaaaaaaaaa"),
    matching("upper-case-prefix", "the prefix is lower case: this secret has none, and 16 bytes", "WHSEC_aaaaaaaaaa"),
    matching("63-bytes", BYTES, 63 * "k"),
    matching("64-bytes", "a key of exactly one block of SHA-256", 64 * "k"),
    matching("65-bytes", "a key over one block is hashed first", 65 * "k"),
    matching("256-bytes-no-prefix", "exactly the longest", 256 * "k"),
    matching("256-bytes-of-two", BYTES, 128 * "\xe9"),
    delivery("secrets/257-bytes", "a byte over the longest, prefix included", secrets=["whsec_" + 251 * "k"]),
    delivery("secrets/257-bytes-no-prefix", "a byte over the longest", secrets=[257 * "k"]),
    delivery(
        "secrets/256-within-spaces",
        "length counts what is left once trimmed",
        secrets=[f" {256 * 'k'} \n"],
        key=256 * "k",
    ),
    delivery("secrets/ten-thousand-bytes", "far over the longest", secrets=[10000 * "k"]),
    # Several
    delivery("secrets/nine-the-same", "the number is looked at first", secrets=9 * [S1]),
    delivery("secrets/nine-last-malformed", "the number is looked at first", secrets=[*NINE[:8], '"x"']),
    delivery("secrets/first-malformed-second-empty", IN_TURN, secrets=[inside(" "), ""]),
    delivery("secrets/first-empty-second-malformed", IN_TURN, secrets=["", inside(" ")]),
    delivery("secrets/second-duplicate-third-empty", IN_TURN, secrets=[S1, S1, ""]),
    delivery("secrets/second-long-third-duplicate", IN_TURN, secrets=[S1, 300 * "k", S1]),
    delivery("secrets/eighth-empty", IN_TURN, secrets=[*SEVEN, ""]),
    delivery("secrets/duplicate-last", "the same bytes as the first of eight", secrets=[*SEVEN, SEVEN[0]]),
    delivery("secrets/duplicate-short", "short is found before the same twice", secrets=["short", "short"]),
    delivery("secrets/other-case-is-other", "secrets compare by bytes", secrets=[S1.lower(), S1]),
    delivery("secrets/eight-none-matches", "eight, and none matches", secrets=[*SEVEN, S2]),
    delivery("secrets/middle-matches", "the fourth of eight matches", secrets=[*SEVEN[:3], S1, *SEVEN[3:]]),
    delivery("secrets/two-none-matches", "two, and none matches", secrets=[S2, SEVEN[0]]),
    delivery(
        "secrets/refused-before-headers",
        "a verifier that cannot be made is found before anything about the delivery",
        secrets=[""],
        headers=[],
    ),
    delivery("secrets/none-with-forged", "no secret is never a match", secrets=[], signature=sign(key="")),
    delivery(
        "secrets/fingerprint-as-key",
        "the key is the whole secret, not what is shown of it",
        signature=sign(key="027cf575"),
    ),
    delivery(
        "secrets/trimmed-key",
        "the key is the secret once trimmed, not as it was given",
        secrets=[f"{S1}\n"],
        signature=sign(key=f"{S1}\n"),
    ),
    delivery(
        "secrets/quoted-key",
        "a sender who signed with the quotes in the key is another sender",
        signature=sign(key=f'"{S1}"'),
    ),
]
