"""Two things that went wrong at once."""

import base64
import json

from ..case import EVENT, NOW, S1, S2, SIGNATURE, TIMESTAMP
from .bodies import BOM, GZIP, LINES, LONG, WIDE, encoded, multipart, printed
from .case import BODY, explained, mac, signed

REST = S1.removeprefix("whsec_")
RAW = base64.b64decode(REST)

CASES = [
    explained("pair/spaced-and-newline", "printed, and saved", "json_spacing", "final_newline_lost",
              signed_body=printed(BODY) + "\n"),
    explained("pair/newline-and-spaced", "saved, and printed again", "json_spacing", "final_newline_lost",
              body=printed(BODY), signed_body=BODY + "\n"),
    explained("pair/base64-and-newline", "encoded with its newline", "base64_body", "final_newline_added",
              body=encoded(BODY + "\n"), signed_body=BODY),
    explained("pair/base64-and-spaced", "parsed, printed, encoded", "base64_body", "json_spacing",
              body=encoded(printed(BODY)), signed_body=BODY),
    explained("pair/base64-of-gzip", "compressed, then encoded", "base64_body", "compressed",
              body=base64.b64encode(GZIP).decode(), signed_body=LONG),
    explained("pair/json-string-in-form", "a text in a form", "form_encoded", "json_string",
              body="payload=" + json.dumps(BODY).replace("+", "%2B"), signed_body=BODY),
    explained("pair/multipart-and-crlf", "line ends of the form's own", "multipart", "lf_became_crlf",
              body=multipart(LINES.replace("\n", "\r\n")), signed_body=LINES),
    explained("pair/envelope-printed", "wrapped as an object, and printed", "json_envelope", "json_spacing",
              body=json.dumps({"id": 1, "event": {**json.loads(BODY)}}), signed_body=BODY),
    explained("pair/twice-decoded-and-spaced", "both at once", "decoded_twice", "json_spacing",
              body=printed(WIDE, ensure_ascii=False).encode().decode("latin-1"), signed_body=WIDE),
    explained("pair/bom-and-crlf", "an editor of Windows", "bom_added", "lf_became_crlf",
              body=BOM + LINES.replace("\n", "\r\n"), signed_body=LINES),
    explained("pair/bom-and-newline", "an editor of Windows", "bom_added", "final_newline_added",
              body=BOM + BODY + "\r\n", signed_body=BODY),
    explained("pair/spaced-and-decoded-key", "another library's key", "json_spacing", "secret_base64_key",
              body=printed(BODY), signed_body=BODY, key=RAW),
    explained("pair/newline-and-prefix", "two slips", "final_newline_added", "secret_prefix_missing",
              body=BODY + "\n", signed_body=BODY, secrets=[REST]),
    explained("pair/quoted-secret-and-spaced", "two slips", "secret_quoted", "json_spacing",
              body=printed(BODY), signed_body=BODY, secrets=[f'"{S1}"']),
    explained("pair/body-alone-and-decoded-key", "another scheme", "body_alone_signed", "secret_base64_key", content=BODY, key=RAW),
    explained("pair/body-alone-in-base64", "another scheme, unlike in two ways", "body_alone_signed", "signature_base64",
              content=BODY, signature="sha256=" + base64.b64encode(mac(BODY).digest()).decode()),
    explained("pair/github", "X-Hub-Signature's rule, by SHA-1", "body_alone_signed", "signature_sha1",
              signature="sha1=" + mac(BODY, S1, "sha1").hexdigest()),
    explained("pair/separator-and-newline", "two slips", "other_separator", "final_newline_lost", content=f"{NOW}:{BODY}\n"),
    explained("pair/iso-and-separator", "another scheme", "timestamp_signed_as_iso", "other_separator",
              content=f"2025-10-09T08:53:20Z\n{BODY}"),
    explained("pair/milliseconds-and-spaced", "two slips", "timestamp_signed_in_milliseconds", "json_spacing",
              body=printed(BODY), content=signed(BODY, f"{NOW}000")),
    explained("pair/stale-and-spaced", "looked at a day later", "timestamp_too_old", "json_spacing",
              body=printed(BODY), signed_body=BODY, now=NOW + 86400),
    explained("pair/other-secret-and-spaced", "two slips", "other_secret", "json_spacing",
              body=printed(BODY), signed_body=BODY, key=S2, secrets=[("mine", S1)], others=[("theirs", S2)], secret="theirs"),
    explained("pair/renamed-and-base64", "through a gateway and CGI", "timestamp_header_renamed", "signature_header_renamed",
              "base64_body", body=encoded(BODY), headers=[
                  ("HTTP_X_OVERTEN_SIGNATURE", "sha256=" + mac(signed(BODY)).hexdigest()),
                  ("HTTP_X_OVERTEN_TIMESTAMP", str(NOW)),
                  ("HTTP_X_OVERTEN_EVENT", "run.completed"),
              ]),
    explained("pair/dropped-and-newline", "a header and a newline", "timestamp_dropped", "final_newline_added",
              body=BODY + "\n", headers=[(SIGNATURE, "sha256=" + mac(signed(BODY)).hexdigest()), (EVENT, "run.completed")]),
    explained("pair/quoted-headers", "both in quotes", "timestamp_quoted", "signature_quoted",
              headers=[(SIGNATURE, f"'sha256={mac(signed(BODY)).hexdigest()}'"), (TIMESTAMP, f"'{NOW}'")]),
]
