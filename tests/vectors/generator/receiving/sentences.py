"""Every sentence of a log line's `detail`, word for word: what each receiver must say."""

UNUSABLE_LENGTH = (
    "Content-Length is not one plain number, so nobody can tell where the body ends: a proxy or server in front of "
    "this one made it"
)
EMPTIED = (
    "the body is empty and no Content-Length says how long it is: something read it before, or the server does not hand "
    "over a body of unknown length"
)
SLOW_BODY = "the body did not arrive within 10 s: its sender stalls, or something read it before and nothing is left"
LENGTH_DIFFERS = (
    "the body has {body_bytes} bytes where Content-Length says {content_length}: something on its way read, emptied or "
    "cut it, so hand over the request before anything else reads it"
)

REJECTIONS = {
    "missing_signature": (
        "there is no X-Overten-Signature header, or it is blank: this is not Overten, or a proxy drops the header"
    ),
    "missing_timestamp": (
        "there is no X-Overten-Timestamp header, or it is blank: this is not Overten, or a proxy drops the header"
    ),
    "signature_repeated": (
        "X-Overten-Signature was sent more than once or holds a comma: Overten sends one signature; to rotate, "
        "configure several secrets"
    ),
    "signature_scheme": "X-Overten-Signature does not begin with 'sha256=', the only scheme there is",
    "signature_digest": "X-Overten-Signature is not 'sha256=' and exactly 64 hex digits",
    "timestamp_repeated": "X-Overten-Timestamp was sent more than once or holds a comma: Overten sends one",
    "timestamp_not_digits": "X-Overten-Timestamp is not a whole number of seconds in the digits 0 to 9",
    "timestamp_too_long": (
        "X-Overten-Timestamp has more than 12 digits: 13 look like milliseconds, and seconds are needed"
    ),
    "timestamp_leading_zero": "X-Overten-Timestamp has a leading zero",
    "body_too_large": (
        "the body is longer than the limit of {max_body_bytes} bytes: raise the limit (max_body_bytes, MAX_BODY_BYTES) "
        "if Overten sent it"
    ),
    "signature_mismatch": (
        "no configured secret made this signature: compare the secret's fingerprint with the one that Overten signs "
        "with (subscription or organisation), and pass the body as sent: not parsed, and not in the base64 or "
        "Content-Encoding of a gateway"
    ),
    "timestamp_too_old": (
        "authentic, but {seconds} s old where {allowed} s are allowed: check this machine's clock, or allow more in "
        "the past if deliveries are held up"
    ),
    "timestamp_in_future": (
        "authentic, but {seconds} s in the future where {allowed} s are allowed: check this machine's clock"
    ),
}

PAYLOAD = "authentic, but the body is not an event: {what}; keep the bytes and ask Overten"
PAYLOAD_FAULTS = {
    "not_utf8": "it is not UTF-8",
    "not_an_object": "it is not a JSON object",
    "not_json": "it is not JSON by RFC 8259",
    "too_deep": "it nests deeper than 128",
    "missing_field": "is missing",
    "not_text": "is not text",
    "empty_text": "is empty",
    "repeated_field": "stands twice, and readers differ in which one they take",
    "lone_surrogate": "holds a lone surrogate",
    "lone_surrogate_in_name": "a name in it holds a lone surrogate",
}

FAULTS = {
    "misconfigured": "nothing can be checked before this is mended",
    "read_body": "the body could not be read to its end",
    "claim": "the store did not answer the claim",
    "hand_on": "the handler failed",
    "hand_on_for_good": "the handler failed for good",
    "set_aside": "the delivery could not be set aside",
    "commit": "handled, but the store did not commit it, so it may be handed on again",
    "release": "the claim could not be released, and lapses",
}

ANOTHER_PATH = "the request is for another path than {path}"

STILL_AT = {
    "claim": "the store has not answered the claim, or the handler waits for a thread",
    "hand_on": "the handler is still at work, and should only write the event down",
    "set_aside": "the delivery is not set aside yet",
    "commit": "the event is handled, and the store has not committed it",
    "release": "the store has not released the claim",
}

def still_at(step):
    """What a line says that is written before the work is done."""
    return f"after 10 s {STILL_AT[step]}; what comes of it is logged then"

ANSWERED_BEFORE = "answered {code} after 10 s, and this came of it"

LAPSED = (
    "the lease of {lease_seconds} s lapsed before the handler could begin, so it did not: something here waits for a "
    "thread or a lock"
)
OUTLIVED = (
    "the handler outlived its lease of {lease_seconds} s, so the event may have been handed on twice: let it only "
    "write the event down"
)
CLAIM_LOST = "the claim was somebody else's before it was committed: handled, and perhaps twice"
OTHER_EVENT = "X-Overten-Event names another event than the body, which counts: the header is not signed"
LATE = "the answer took longer than 10 s, and Overten gives up after 15 s"

SECRET = "secret {position} (counted from 0): {what}"
SECRET_FAULTS = {
    "no_secrets": "no secret is configured: set the signing secret of the subscription or the organisation",
    "too_many_secrets": "more than 8 secrets are configured: remove those that Overten no longer signs with",
    "malformed_label": (
        "its label is not 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'; a secret that holds a colon needs a label in "
        "front, as in label:secret"
    ),
    "repeated_label": "another secret has its label already: give it one of its own",
    "empty_secret": "it is empty or only white space: is the variable or file set?",
    "not_utf8": "it is not UTF-8 text: save the file as UTF-8, and give the secret as text, not decoded from base64",
    "repeated_prefix": (
        "'whsec_' stands in it more than once: give each secret on its own (a line each, or an entry of the list), not "
        "joined by ',', ';', '|', a space or a '\\n' that was left as two characters"
    ),
    "text_before_prefix": (
        "text stands before 'whsec_', such as a variable's name and '=', a bracket or a quote: give the secret alone, "
        "from 'whsec_' to its last character (where there is one a line: label:secret)"
    ),
    "signature_prefix": (
        "it begins with 'v1,' or 'sha256=', as a signature does: give the secret alone, as Overten shows it"
    ),
    "quoted": "a quote stands at its start or end: give the secret alone, without quotes, as Overten shows it",
    "white_space": "white space stands inside it: give the secret alone, in one piece, and several one a line",
    "control_character": (
        "it holds a control character: save the file as plain UTF-8 text, or copy the secret again from where Overten "
        "shows it"
    ),
    "not_ascii": (
        "it holds a character outside ASCII, perhaps an invisible one or a typographic quote or dash: copy it again "
        "from where Overten shows it, not from a document or a chat"
    ),
    "short_secret": "it has fewer than 16 bytes after 'whsec_': was it cut off, or is it the secret's name?",
    "long_secret": "it has more than 256 bytes: is it the secret, and only one?",
    "duplicate_secret": "it is the same as an earlier one: remove one of the two",
}
RETENTION = (
    "the retention must be longer than the tolerance's past and future together ({window} s), or a replay could come "
    "after its key is forgotten: keep keys longer, or allow less"
)
PATH = (
    "the path must be one that a request can have, like '/webhooks/overten': a slash first, no query, no fragment, no "
    "control character, no white space at its end, and no segment '.' or '..'"
)
