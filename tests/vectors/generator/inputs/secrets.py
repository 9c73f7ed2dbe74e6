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
NOT_ASCII = {
    "\x80": "the first C1 control character",
    "\xe9": "a letter of two bytes",
    "\xff": "the last character of Latin-1",
    "\u0301": "a combining accent",
    "\u061c": "an Arabic letter mark",
    "\u200e": "a left-to-right mark",
    "\u202e": "a right-to-left override",
    "\u2062": "an invisible times sign",
    "\u2066": "a left-to-right isolate",
    "\u2013": "a typographic dash",
    "\u2019": "a typographic quote",
    "\u2026": "an ellipsis",
    "\ue000": "a private character",
    "\ufe0f": "a variation selector",
    "\uff21": "a full-width letter",
    "\ufff9": "an annotation anchor",
    "\ufffd": "a replacement character",
    "\U000e0041": "a tag character",
    "\U0010ffff": "the last of all characters",
}
NEARLY_WHITE_SPACE = {
    "\0": "a NUL",
    "\x1f": "a unit separator",
    "\x7f": "a DEL",
    "\xad": "a soft hyphen",
    "\u200e": "a left-to-right mark",
    "\u2060": "a word joiner",
}
VISIBLE = "".join(map(chr, range(ord("!"), ord("~") + 1)))
JOINTS = {
    "comma": (",", "a comma"),
    "semicolon": (";", "a semicolon"),
    "bar": ("|", "a bar"),
    "colon": (":", "a colon"),
    "backslash-n": ("\\n", "a newline left as two characters"),
    "newline": ("\n", "a newline"),
    "space": (" ", "a space"),
    "tab": ("\t", "a tab"),
    "nothing": ("", "nothing"),
    "quotes": ('","', "quotes and a comma"),
}
SURROUNDED = {
    "name": (f"OVERTEN_WEBHOOK_SECRETS={S1}", "a variable's name"),
    "name-and-quotes": (f'SECRET="{S1}"', "a variable's name and quotes"),
    "label": (f"subscription:{S1}", "a label"),
    "json-list": (f'["{S1}"]', "a JSON list"),
    "json-list-of-two": (f'["{S1}","{S2}"]', "a JSON list of two"),
    "json-object": (f'{{"secret":"{S1}"}}', "a JSON object"),
    "brackets": (f"[{S1}]", "brackets"),
    "angles": (f"<{S1}>", "angle brackets"),
    "scheme": (f"Bearer {S1}", "a header's scheme"),
    "address": (f"https://h.example/?secret={S1}", "an address"),
    "quotes-inside-brackets": (f"('{S1}')", "brackets and quotes"),
    "backslash": (f'\\"{S1}\\"', "escaped quotes"),
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
    matching("inside-180e", "U+180E has not been white space for long, and is a format character", inside("\u180e")),
    matching("end-180e", "U+180E at the end is not white space, so not removed, and malformed", f"{S1}\u180e"),
    matching("inside-00ad", "a soft hyphen inside a secret", inside("\xad")),
    matching("inside-2060", "a word joiner inside a secret", inside("\u2060")),
    matching("emoji", "four bytes a character are not ASCII either", "whsec_\U0001f600\U0001f600\U0001f600\U0001f600"),
    *[
        matching(f"inside-{ord(character):04x}", f"{what} inside a secret", inside(character))
        for character, what in NOT_ASCII.items()
    ],
    *[
        matching(f"end-{ord(character):04x}", f"{what} at the end of a secret is not removed", f"{S1}{character}")
        for character, what in NEARLY_WHITE_SPACE.items()
    ],
    *[
        matching(f"before-{ord(character):04x}", f"{what} in front of a secret is not removed", f"{character}{BARE}")
        for character, what in NEARLY_WHITE_SPACE.items()
    ],
    matching("every-visible-character", "all of visible ASCII may stand in a secret", f"whsec_{VISIBLE}."),
    matching("bang-and-tilde", "the first and the last of visible ASCII, at the ends", f"!{BARE}~"),
    matching("punctuation", "a secret may hold commas, colons and equals signs", "whsec_a,b:c=d;e/f+g|h"),
    matching("quote-after-prefix", "a quote just after the prefix is at neither end", f"whsec_\"{BARE}"),
    matching("quote-before-last", "a quote before the last character is at neither end", f"{S1}'x"),
    matching("backtick-inside", "a backtick inside is part of the secret", inside("`")),
    # `whsec_` anywhere but at the start
    *[
        matching(f"joined-by-{name}", f"two secrets joined by {what}", f"{S1}{mark}{S2}")
        for name, (mark, what) in JOINTS.items()
    ],
    matching("joined-three", "three secrets joined", ",".join([S1, S2, SHORTER])),
    matching("joined-without-prefix", "two secrets joined, the first without the prefix", f"{BARE},{S2}"),
    matching("prefix-at-end", "the prefix once more, at the end", f"{S1}whsec_"),
    matching("prefix-doubled", "the prefix pasted before a secret that has it", f"whsec_{S1}"),
    matching("prefix-after-one-character", "one character before the prefix", f"x{S1}"),
    *[
        matching(f"surrounded-by-{name}", f"{what} around a secret", surrounded)
        for name, (surrounded, what) in SURROUNDED.items()
    ],
    matching("prefix-inside-upper", "the prefix is lower case: anything else may stand inside", f"{S1}WHSEC_abc"),
    matching("prefix-inside-title", "the prefix is lower case: anything else may stand inside", f"{S1},Whsec_abc"),
    matching("prefix-inside-hyphen", "a hyphen for the underscore is not the prefix", f"{S1},whsec-abc"),
    matching("prefix-inside-cut", "the prefix without its underscore is not the prefix", f"{S1},whsec"),
    matching("prefix-upper-before-prefix", "an upper case prefix in front of the real one", f"WHSEC_{S1}"),
    matching("bracket-after", "a bracket at the end alone is part of the secret", f"{S1}]"),
    delivery("secrets/comma-after", "a comma at the end is part of the secret, and so of the key", secrets=[f"{S1},"]),
    matching("comma-after-signed", "a comma at the end: signed with that very text it verifies", f"{S1},"),
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
    matching("version-2", "another version is not on the list, but stands before the prefix", f"v2,{S1}"),
    matching("version-2-no-prefix", "another version is not on the list", f"v2,{BARE}"),
    matching("version-prefix-no-prefix", "a signature's prefix before a secret without its own", f"v1,{BARE}"),
    matching("version-prefix-upper-no-prefix", "a signature's prefix, any case", f"V1,{BARE}"),
    matching("version-without-comma", "the comma belongs to what is refused", f"v1{BARE}"),
    matching("version-prefix-after-prefix", "not in front of the whole secret", f"whsec_v1,{BARE}"),
    matching("version-prefix-after-bom", "in front once trimmed", f"\ufeffv1,{BARE}"),
    matching("sha256-prefix-title", "a signature's prefix, any case", f"Sha256={BARE}"),
    matching("sha256-without-equals", "the equals sign belongs to what is refused", f"sha256{BARE}"),
    matching("sha1-prefix", "another digest is not on the list", f"sha1={BARE}"),
    matching("sha256-prefix-after-prefix", "not in front of the whole secret", f"whsec_sha256={BARE}"),
    matching("sha256-prefix-long-s", "U+017F folds to s in Unicode, but is not ASCII", f"\u017fha256={BARE}"),
    matching("two-quotes", "nothing between two quotes is malformed, not empty", '""'),
    matching("zero-width-space-alone", "not white space, so malformed and not empty", "\u200b"),
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
        "malformed is found before short",
        secrets=["whsec_\xe9\xe9\xe9\xe9\xe9\xe9\xe9a"],
    ),
    delivery(
        "secrets/short-within-spaces",
        "length counts what is left once trimmed",
        secrets=["   whsec_aaaaaaaaaaaaaaa   "],
    ),
    matching("sixteen-after-two-prefixes", "the prefix twice, and 16 bytes after the first", "whsec_whsec_aaaaaaaaaa"),
    matching("two-prefixes-alone", "malformed is found before short", "whsec_whsec_"),
    matching("one-letter-of-two-bytes", "malformed is found before short", "\xe9"),
    matching("upper-case-prefix", "the prefix is lower case: this secret has none, and 16 bytes", "WHSEC_aaaaaaaaaa"),
    matching("63-bytes", BYTES, 63 * "k"),
    matching("64-bytes", "a key of exactly one block of SHA-256", 64 * "k"),
    matching("65-bytes", "a key over one block is hashed first", 65 * "k"),
    matching("256-bytes-no-prefix", "exactly the longest", 256 * "k"),
    matching("256-bytes-of-two", "not too long, and not ASCII", 128 * "\xe9"),
    matching("257-bytes-with-one-of-two", "too long, and malformed only for not being ASCII", 255 * "k" + "\xe9"),
    matching("256-bytes-with-one-of-two", "the longest, and not ASCII", 254 * "k" + "\xe9"),
    matching("long-and-del", "malformed is found before long", 256 * "k" + "\x7fk"),
    matching("long-and-quoted", "malformed is found before long", f"'{256 * 'k'}'"),
    matching("long-and-joined", "malformed is found before long", f"{S1},whsec_{256 * 'k'}"),
    matching("long-and-signature-prefix", "malformed is found before long", f"v1,{256 * 'k'}"),
    matching("long-and-joined-of-two", "malformed for more than not being ASCII", f"{S1},whsec_{256 * chr(0xE9)}"),
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
    delivery("secrets/malformed-twice", "malformed is found before the same twice", secrets=[f"[{S1}]", f"[{S1}]"]),
    delivery("secrets/second-joined-first-matches", IN_TURN, secrets=[S1, f"{S2},{S1}"]),
    delivery("secrets/second-not-ascii-third-empty", IN_TURN, secrets=[S1, inside("\xe9"), ""]),
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
