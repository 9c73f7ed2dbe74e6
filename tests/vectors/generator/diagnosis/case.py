"""One case of diagnose.json: a captured delivery, the secrets at hand, and what the diagnosis comes to."""

import hashlib
import hmac
from dataclasses import dataclass

from .. import verdict
from ..case import EVENT, NOW, S1, SIGNATURE, TIMESTAMP, as_bytes, text_or_hex

# In the order in which a report names them.
CAUSES = """
    timestamp_too_old timestamp_in_future body_too_large
    final_newline_added final_newline_lost space_added space_lost nul_added nul_signed bom_added bom_lost
    lf_became_crlf crlf_became_lf decoded_twice latin1_received latin1_signed utf16_received utf16_signed
    empty_body_signed body_digest_signed base64_signed
    base64_body hex_body percent_encoded form_encoded multipart json_string json_envelope compressed chunked_framing
    http_head python_literal html_escaped
    json_spacing json_escapes json_numbers json_key_order
    timestamp_absent timestamp_dropped timestamp_header_renamed timestamp_repeated timestamp_quoted timestamp_space
    timestamp_milliseconds timestamp_signed_in_milliseconds timestamp_became_milliseconds timestamp_iso
    timestamp_signed_as_iso timestamp_became_iso timestamp_became_date timestamp_invisible timestamp_reprinted
    timestamp_malformed
    body_alone_signed other_separator timestamp_after_body other_parts
    other_secret secret_refused secret_quoted secret_signature_prefix secret_text_before secret_text_after secret_joined
    secret_inner_space secret_plus_lost secret_invisible secret_utf16 secret_encoded secret_padding_lost
    secret_prefix_missing secret_prefix_dropped secret_base64_key secret_hex_key secret_recoded secret_newline_signed
    empty_key_signed
    signature_header_renamed signature_repeated signature_quoted signature_percent_encoded signature_scheme
    signature_base64 signature_cut signature_extra signature_sha1 signature_sha512
""".split()

SUSPICIONS = """
    no_secret secret_refused signature_missing signature_unreadable
    timestamp_invisible timestamp_date timestamp_malformed
    body_empty body_cut body_length body_compressed body_inflated body_lossy body_not_json members_sorted
    numbers_rounded clock unknown_secret
""".split()

LOOKED_AT_BEFORE_THE_LENGTH = """
    missing_signature malformed_signature missing_timestamp malformed_timestamp body_too_large
""".split()

BODY = '{"event":"run.completed","run_id":"run_01","summary":"one","credits_used":84.5,"data":{"ok":true,"none":[]}}'


@dataclass(frozen=True)
class Case:
    """`secrets` and `others` are texts, or pairs of label and text; `secret` is the label of the one that signed."""

    id: str
    note: str
    secrets: list
    others: list
    headers: list
    body: "str | bytes"
    now: int
    settings: dict
    causes: list
    suspicions: list
    secret: "str | None"
    lacks: tuple = ()
    begins_as_signed_with: "str | None" = None

    @property
    def verdict(self):
        """What verifying comes to, by the contract's own rules."""
        texts = [text_of(secret) for secret in self.secrets]
        received = [(name, as_bytes(value)) for name, value in self.headers]
        return verdict.expect(texts, received, as_bytes(self.body), self.now, **self.settings)

    @property
    def code(self):
        return self.verdict.get("code", "ok")

    @property
    def answer(self):
        """What a receiver answers: it looks at the length before it computes a MAC, and reads the event after."""
        if self.verdict["result"] == "refused":
            return "misconfigured"
        lengths = [value for name, value in self.headers if name.lower() == "content-length"]
        body_bytes = len(as_bytes(self.body))
        if self.code in LOOKED_AT_BEFORE_THE_LENGTH:
            return self.code
        if lengths and lengths != [str(body_bytes)]:
            return "unavailable"
        if self.code == "signature_mismatch" and body_bytes == 0:
            return "unavailable"
        if self.code == "ok":
            return "quarantined" if "payload" in self.verdict else "accepted"
        return self.code

    @property
    def outcome(self):
        if self.code == "ok":
            return "verifies"
        return "explained" if self.causes else "unexplained"

    def as_json(self):
        return {
            "id": self.id,
            "note": self.note,
            "secrets": [labelled(secret) for secret in self.secrets],
            "others": [labelled(secret) for secret in self.others],
            "headers": [{"name": name, **text_or_hex("value", value)} for name, value in self.headers],
            "now": self.now,
            **text_or_hex("body", self.body),
            **self.settings,
            "expect": {
                "outcome": self.outcome,
                "code": self.code,
                "secret": self.secret,
                "causes": sorted(self.causes, key=CAUSES.index),
                "lacks": list(self.lacks),
                "begins_as_signed_with": self.begins_as_signed_with,
                "suspicions": sorted(self.suspicions, key=SUSPICIONS.index),
                "answer": self.answer,
            },
        }


def text_of(secret):
    return secret if isinstance(secret, str) else secret[1]


def labelled(secret):
    return {"secret": secret} if isinstance(secret, str) else {"label": secret[0], "secret": secret[1]}


def mac(content, key=S1, hash_name="sha256"):
    return hmac.new(as_bytes(key), as_bytes(content), hash_name)


def signed(body, timestamp=NOW):
    """What is signed of a body, by the contract."""
    return as_bytes(str(timestamp)) + b"." + as_bytes(body)


def explained(
    id,
    note,
    *causes,
    body=BODY,
    content=None,
    signed_body=None,
    key=S1,
    signature=None,
    timestamp=str(NOW),
    headers=None,
    more=(),
    secrets=(S1,),
    others=(),
    secret="secret-0",
    now=NOW,
    **settings,
):
    """A case in which `body` arrived, and `content` was signed with `key`: of `signed_body`, if that is given."""
    if content is None:
        content = signed(body if signed_body is None else signed_body)
    if signature is None:
        signature = "sha256=" + mac(content, key).hexdigest()
    if headers is None:
        headers = [(SIGNATURE, signature), (TIMESTAMP, timestamp), (EVENT, "run.completed"), *more]
    causes, suspicions = list(causes), []
    return Case(id, note, list(secrets), list(others), headers, body, now, settings, causes, suspicions, secret)


def unexplained(
    id,
    note,
    *suspicions,
    body=BODY,
    signature=None,
    timestamp=str(NOW),
    headers=None,
    more=(),
    secrets=(S1,),
    others=(),
    now=NOW,
    lacks=(),
    begins_as_signed_with=None,
    **settings,
):
    """A case that nothing explains: its signature is of a secret that nobody has, unless one is given."""
    if signature is None:
        signature = "sha256=" + mac(signed(body), hashlib.sha256(id.encode()).digest()).hexdigest()
    if headers is None:
        headers = [(SIGNATURE, signature), (TIMESTAMP, timestamp), (EVENT, "run.completed"), *more]
    suspicions, found = list(suspicions), (None, lacks, begins_as_signed_with)
    return Case(id, note, list(secrets), list(others), headers, body, now, settings, [], suspicions, *found)
