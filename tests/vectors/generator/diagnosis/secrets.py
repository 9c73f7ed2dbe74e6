"""Secrets that are configured in another form than the sender's, or are not the sender's."""

import base64

from ..case import S1, S2
from .case import explained

REST = S1.removeprefix("whsec_")
RAW = base64.b64decode(REST)
HEX = "whsec_" + RAW.hex()


def secret(id, note, *causes, configured, key=S1, **more):
    return explained(f"secret/{id}", note, *causes, secrets=[configured], key=key, **more)


FORMS = [
    secret("double-quotes", "from a file of variables", "secret_quoted", configured=f'"{S1}"'),
    secret("single-quotes", "from a shell", "secret_quoted", configured=f"'{S1}'"),
    secret("one-quote", "half a paste", "secret_quoted", configured=f"{S1}'"),
    secret("typographic-quotes", "from a document", "secret_quoted", configured=f"\u201c{S1}\u201d"),
    secret("v1", "as a signature begins", "secret_signature_prefix", configured=f"v1,{S1}"),
    secret("sha256", "as a signature begins", "secret_signature_prefix", configured=f"SHA256={REST}", key=REST),
    secret("variable", "with its name", "secret_text_before", configured=f"OVERTEN_SECRET={S1}"),
    secret("export", "with its name and quotes", "secret_text_before", configured=f'export SECRET="{S1}"'),
    secret("list", "with brackets", "secret_text_before", configured=f'["{S1}"]'),
    secret("comment", "with a comment", "secret_text_after", configured=f"{S1} # of the subscription"),
    secret("escape", "a newline as two characters", "secret_text_after", configured=f"{S1}\\n"),
    secret("two", "two in one", "secret_joined", configured=f"{S2},{S1}"),
    secret("two-lines", "two in one", "secret_joined", configured=f"{S1}\n{S2}"),
    secret("two-in-a-list", "two in one", "secret_joined", configured=f'["{S2}", "{S1}"]'),
    secret("inner-space", "copied with a space in it", "secret_inner_space", configured=f"{S1[:20]} {S1[20:]}"),
    secret("broken-line", "wrapped by a mail", "secret_inner_space", configured=f"{S1[:20]}\n{S1[20:]}"),
    secret(
        "plus-became-space",
        "from a form",
        "secret_plus_lost",
        configured="whsec_ab+cd/efgh+ijklmnop".replace("+", " "),
        key="whsec_ab+cd/efgh+ijklmnop",
    ),
    secret("invisible", "a zero-width space", "secret_invisible", configured=f"{S1[:9]}\u200b{S1[9:]}"),
    secret("utf16", "saved by Windows", "secret_utf16", configured="".join(f"{char}\0" for char in S1)),
    secret(
        "base64", "a Kubernetes secret as stored", "secret_encoded", configured=base64.b64encode(S1.encode()).decode()
    ),
    secret(
        "base64-newline", "made by echo", "secret_encoded", configured=base64.b64encode(f"{S1}\n".encode()).decode()
    ),
    secret("hex", "in hex digits", "secret_encoded", configured=S1.encode().hex()),
    secret("percent", "from an address", "secret_encoded", configured=S1.replace("=", "%3D")),
    secret("padding-lost", "split at the equals sign", "secret_padding_lost", configured=S1.rstrip("=")),
    secret("prefix-missing", "taken for a scheme", "secret_prefix_missing", configured=REST),
    secret("prefix-hyphen", "typed", "secret_prefix_missing", configured=f"whsec-{REST}"),
    secret("prefix-upper", "a variable in upper case", "secret_prefix_missing", configured=f"WHSEC_{REST}"),
]

DERIVATIONS = [
    secret("prefix-dropped", "as other libraries do", "secret_prefix_dropped", configured=S1, key=REST),
    secret("decoded", "as other libraries do", "secret_base64_key", configured=S1, key=RAW),
    secret("decoded-without-prefix", "and the prefix is not configured", "secret_base64_key", configured=REST, key=RAW),
    secret("hex-decoded", "digits taken for a key", "secret_hex_key", configured=HEX, key=RAW),
    secret("hex-of-base64", "re-coded", "secret_recoded", configured=S1, key=RAW.hex()),
    secret("base64-of-hex", "re-coded", "secret_recoded", configured=HEX, key=S1),
    secret(
        "newline-signed", "the sender's file ends with a newline", "secret_newline_signed", configured=S1, key=f"{S1}\n"
    ),
    secret("crlf-signed", "the sender's file is of Windows", "secret_newline_signed", configured=S1, key=f"{S1}\r\n"),
    secret("empty", "the sender had none", "empty_key_signed", configured=S1, key=b"", secret=None),
]

OTHERS = [
    explained(
        "secret/of-the-organisation",
        "a webhook_url is signed with the organisation's",
        "other_secret",
        secrets=[("subscription", S1)],
        others=[("organisation", S2)],
        key=S2,
        secret="organisation",
    ),
    explained(
        "secret/other-without-label",
        "counted over all of them",
        "other_secret",
        secrets=[S1],
        others=[S2],
        key=S2,
        secret="secret-1",
    ),
    explained(
        "secret/other-quoted",
        "and in another form",
        "other_secret",
        "secret_quoted",
        secrets=[("subscription", S1)],
        others=[("organisation", f"'{S2}'")],
        key=S2,
        secret="organisation",
    ),
    explained(
        "secret/none-configured",
        "but the other one is right",
        "other_secret",
        "secret_refused",
        secrets=[],
        others=[("organisation", S2)],
        key=S2,
        secret="organisation",
    ),
    explained("secret/twice", "refused as a whole", "secret_refused", secrets=[("a", S1), ("b", S1)], secret="a"),
    explained(
        "secret/beside-a-bad-one",
        "refused as a whole",
        "secret_refused",
        secrets=["whsec_short", S1],
        secret="secret-1",
    ),
    explained(
        "secret/quoted-beside-a-bad-one",
        "to mend the one does not mend the other",
        "secret_refused",
        "secret_quoted",
        secrets=["whsec_short", f"'{S1}'"],
        secret="secret-1",
    ),
    explained(
        "secret/too-many",
        "refused as a whole",
        "secret_refused",
        secrets=[S1, *(f"whsec_{position:032}" for position in range(8))],
        secret="secret-0",
    ),
    explained(
        "secret/short",
        "refused, though the sender has it",
        "secret_refused",
        secrets=["whsec_short"],
        key="whsec_short",
    ),
    explained(
        "secret/second-of-two",
        "which one it is",
        "timestamp_too_old",
        secrets=[("a", S2), ("b", S1)],
        secret="b",
        now=1760000400,
    ),
    explained("verifies/second-of-two", "which one it is", secrets=[("a", S2), ("b", S1)], secret="b"),
    explained("verifies/trimmed", "a file's newline is removed", secrets=[f"{S1}\n"]),
]

CASES = [*FORMS, *DERIVATIONS, *OTHERS]
