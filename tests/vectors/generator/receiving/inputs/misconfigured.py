"""Settings that make no receiver: 503 and why, once path and method are ours."""

from ..scenario import S1, S2, delivery, scenario

DAY = 86_400


def _secrets(name, note, *secrets, **rest):
    return scenario(f"misconfigured/{name}", note, delivery(**rest), secrets=list(secrets))


SCENARIOS = [
    _secrets("no-secrets", "none given"),
    _secrets("too-many-secrets", "nine", *[f"{S1}{position}" for position in range(9)]),
    _secrets("too-many-secrets-first", "their number is looked at first", *9 * [""]),
    _secrets("empty", "an unset variable", ""),
    _secrets("blank", "white space alone is empty", " \n\ufeff"),
    _secrets("empty-second", "the error names the position", S1, ""),
    _secrets("white-space-inside", "a secret in two pieces", f"{S1[:20]} {S1[20:]}"),
    _secrets("control-character", "a NUL in the middle", f"{S1[:20]}\0{S1[20:]}"),
    _secrets("not-ascii", "a letter outside ASCII", "whsec_cl\xe9-secr\xe8te-0123456789"),
    _secrets("zero-width-space", "an invisible character at the end", f"{S1}\u200b"),
    _secrets("quoted", "the quotes of a shell", f'"{S2}"'.replace("whsec_", "")),
    _secrets("signature-prefix", "what stands before a signature", f"v1,{S2[len('whsec_') :]}"),
    _secrets("signature-prefix-upper-case", "in any case", f"SHA256={S2[len('whsec_') :]}"),
    _secrets("variable-name", "the name in front", f"OVERTEN_SECRET={S1}"),
    _secrets("bracket", "the bracket of a list in front", f"[{S1}"),
    _secrets("joined", "two secrets in one", f"{S1},{S2}"),
    _secrets("joined-by-two-characters", "a newline that was left as two characters", f"{S1}\\n{S2}"),
    _secrets("not-utf-8", "decoded from base64", {"secret_hex": 16 * "ff"}),
    _secrets("short", "cut off", "whsec_0123456789abcde"),
    _secrets("long", "a file of something else", 257 * "k"),
    _secrets("duplicate", "the same twice, but for white space", S1, f"{S1}\n"),
    _secrets("label-malformed", "a label of more than a word", {"label": "a b", "secret": S1}),
    _secrets("label-empty", "no label is not an empty one", {"label": "", "secret": S1}),
    _secrets("label-long", "65 characters", {"label": 65 * "a", "secret": S1}),
    _secrets("label-twice", "two of one name", {"label": "a", "secret": S1}, {"label": "a", "secret": S2}),
    _secrets("label-of-a-position", "a name that another has by default", {"label": "secret-1", "secret": S1}, S2),
    _secrets("label-before-secret", "of one entry the label is looked at first", {"label": "a b", "secret": ""}),
    _secrets("first-of-two", "each secret in turn", "whsec_short", ""),
    _secrets("another-path", "another path is answered first", target="/other"),
    _secrets("not-a-post", "then another method", method="GET"),
    _secrets("not-a-post-head", "without a body for HEAD", method="HEAD"),
    _secrets("before-headers", "then this, whatever the headers are", headers=[]),
    scenario(
        "misconfigured/any-path", "without a path every target is ours", delivery(target="/x"), secrets=[], path=None
    ),
    scenario(
        "misconfigured/sent-again",
        "each time anew, and nothing is claimed",
        delivery(),
        delivery(at=1_760_000_010),
        secrets=["whsec_short"],
    ),
    scenario("misconfigured/retention", "a replay could outlive its key", delivery(), retention_seconds=600),
    scenario("misconfigured/retention-edge", "a second longer and it could not", delivery(), retention_seconds=601),
    scenario(
        "misconfigured/retention-of-a-long-window",
        "both sides count",
        delivery(),
        tolerance={"past": 3 * DAY, "future": 300},
        retention_seconds=3 * DAY + 300,
    ),
    scenario(
        "misconfigured/retention-side-off",
        "with a side off there is nothing to compare with",
        delivery(),
        tolerance={"past": None},
        retention_seconds=1,
    ),
    *[
        scenario(f"misconfigured/path-{name}", note, delivery(), path=path)
        for name, note, path in (
            ("dots", "a path that every client resolves before it asks", "/a/../webhooks/overten"),
            ("dot", "so is one with a dot", "/./webhooks/overten"),
            ("escaped-dots", "written as escapes too", "/a/%2E%2e/webhooks/overten"),
            ("no-slash", "no slash in front", "webhooks/overten"),
            ("query", "a query is no part of a path", "/webhooks/overten?x=1"),
            ("fragment", "nor is a fragment", "/webhooks/overten#x"),
            ("newline", "no request line holds a control character", "/webhooks/overten\n"),
            ("empty", "an unset variable", ""),
        )
    ],
]
