//! What can be wrong, each with its stable word, what it means and what to change.

use super::finding::findings;

const RAW_BODY: &str = "Hand over the body's bytes as they came from the connection, before any parser, decoder or \
                        text type has touched them; never print a parsed body again to verify it.";
const GATEWAY: &str = "Undo it before you verify, since what stands in front of the receiver wrapped the body: decode \
                       it once, to bytes, and hand these over; or switch the wrapping off there.";
const PROXY: &str = "Look for what changed it between the sender and the receiver: a proxy or gateway, a tool that \
                     saved the request, or the code that handed the header over.";
const SENDER: &str = "If a sender of your own or a test made this, have it sign as Overten does (the `sign` function \
                      of this library). If Overten itself sent it, this library reads Overten's scheme wrongly: please \
                      report it, with the facts below.";
const SECRET: &str =
    "Configure the secret alone, as Overten shows it: from `whsec_` to its last character.";

findings! {
    /// Something that was wrong with a delivery, or with how it was handed over: under it the MAC came out right.
    Cause
    TimestampTooOld "timestamp_too_old"
        "The delivery is older than the tolerance allows."
        "Set this machine's clock by a time service, or allow more seconds in the past if deliveries are held up.";
    TimestampInFuture "timestamp_in_future"
        "The delivery's time lies further ahead than the tolerance allows."
        "Set this machine's clock by a time service; if it is right, the sender's is wrong.";
    BodyTooLarge "body_too_large"
        "The body is longer than the receiver's limit."
        "Raise the limit (max_body_bytes, MAX_BODY_BYTES): nothing but the limit refuses this delivery.";

    FinalNewlineAdded "final_newline_added"
        "A newline was added at the end of the body." RAW_BODY;
    FinalNewlineLost "final_newline_lost"
        "The body that was signed ended with a newline, which is gone."
        "Hand over all of the body: do not trim it, and with curl use --data-binary rather than --data.";
    SpaceAdded "space_added"
        "White space was added before or after the body." RAW_BODY;
    SpaceLost "space_lost"
        "The body that was signed ended with a space, which is gone." RAW_BODY;
    NulAdded "nul_added"
        "Zero bytes were added at the end of the body."
        "Hand over exactly as many bytes as were received, not the whole buffer and not a string's final zero byte.";
    NulSigned "nul_signed"
        "The body was signed together with a zero byte at its end, as the size of a C string counts it." SENDER;
    BomAdded "bom_added"
        "A byte order mark was added in front of the body."
        "Hand over the bytes as received: what saved or converted the body put EF BB BF in front.";
    BomLost "bom_lost"
        "The body that was signed began with a byte order mark, which is gone."
        "Read the body as bytes: reading it as text drops a byte order mark.";
    LfBecameCrlf "lf_became_crlf"
        "The body's line ends became CR LF, where LF was signed."
        "Read and save the body in binary mode; in Git, mark saved deliveries as binary.";
    CrlfBecameLf "crlf_became_lf"
        "The body's line ends became LF, where CR LF was signed."
        "Read and save the body in binary mode, and with curl use --data-binary rather than --data.";
    DecodedTwice "decoded_twice"
        "The body's UTF-8 was read as Latin-1 or Windows-1252 and encoded once more." RAW_BODY;
    Latin1Received "latin1_received"
        "The body was re-encoded in Latin-1, where UTF-8 was signed." RAW_BODY;
    Latin1Signed "latin1_signed"
        "The body was signed in Latin-1 and arrived as UTF-8." SENDER;
    Utf16Received "utf16_received"
        "The body was re-encoded in UTF-16, where UTF-8 was signed." RAW_BODY;
    Utf16Signed "utf16_signed"
        "The body was signed in UTF-16 and arrived as UTF-8." SENDER;
    EmptyBodySigned "empty_body_signed"
        "An empty body was signed, not the one that arrived."
        "In the sender, read the body once and both sign and send these bytes: its stream was empty when it was \
         signed. In a relay, compute no signature of your own.";
    BodyDigestSigned "body_digest_signed"
        "The hex SHA-256 of the body was signed, not the body." SENDER;
    Base64Signed "base64_signed"
        "The base64 of the body was signed, not the body." SENDER;

    Base64Body "base64_body"
        "The body is in base64."
        "Decode it before you verify: a serverless gateway does that and says so in a flag (isBase64Encoded).";
    HexBody "hex_body"
        "The body is in hex digits." GATEWAY;
    PercentEncoded "percent_encoded"
        "The body is percent-encoded." GATEWAY;
    FormEncoded "form_encoded"
        "The body was wrapped into a form field." GATEWAY;
    Multipart "multipart"
        "The body is a part of a multipart form." GATEWAY;
    JsonString "json_string"
        "The body stands escaped in a JSON text."
        "Hand over what was received, not its JSON encoding; what comes from a queue or a log as a JSON text is to be \
         decoded once.";
    JsonEnvelope "json_envelope"
        "The body stands inside another JSON object, as a gateway or a queue wraps it."
        "Take the body out of the envelope (decode it from base64 where the envelope says so) and hand over its bytes.";
    Compressed "compressed"
        "The body is compressed, and its plain form was signed."
        "Inflate it before you verify, with a limit on its size, or have the proxy in front stop compressing requests.";
    ChunkedFraming "chunked_framing"
        "The body still has the framing of Transfer-Encoding: chunked."
        "Let the HTTP library read the body: it takes the chunk sizes out.";
    HttpHead "http_head"
        "The body has the request's head in front."
        "Hand over what follows the first empty line.";
    PythonLiteral "python_literal"
        "The body is the Python literal of bytes (b'...')."
        "Pass the bytes themselves: str(body) and f\"{body}\" print a literal.";
    HtmlEscaped "html_escaped"
        "The body is HTML-escaped."
        "Hand over the body as received, not as a template or a web page shows it.";

    JsonSpacing "json_spacing"
        "The body was printed again with other white space." RAW_BODY;
    JsonEscapes "json_escapes"
        "The body was printed again with other escapes: \\u, \\/, or plain characters." RAW_BODY;
    JsonNumbers "json_numbers"
        "The body was printed again with numbers written in another way." RAW_BODY;
    JsonKeyOrder "json_key_order"
        "The body was printed again with its members in another order." RAW_BODY;

    TimestampAbsent "timestamp_absent"
        "The timestamp header is not there, and was not signed." SENDER;
    TimestampDropped "timestamp_dropped"
        "The timestamp header was dropped: a time within a few seconds of the clock was signed." PROXY;
    TimestampHeaderRenamed "timestamp_header_renamed"
        "The timestamp stands in a header of another name."
        "Hand the header over as X-Overten-Timestamp: WSGI and CGI name it HTTP_X_OVERTEN_TIMESTAMP.";
    TimestampRepeated "timestamp_repeated"
        "The timestamp header was sent more than once, or its values were joined." PROXY;
    TimestampQuoted "timestamp_quoted"
        "Quotes stand around the timestamp." PROXY;
    TimestampSpace "timestamp_space"
        "White space around the timestamp was signed." SENDER;
    TimestampMilliseconds "timestamp_milliseconds"
        "The timestamp is in milliseconds or a smaller unit." SENDER;
    TimestampSignedInMilliseconds "timestamp_signed_in_milliseconds"
        "Milliseconds were signed, and seconds sent." SENDER;
    TimestampBecameMilliseconds "timestamp_became_milliseconds"
        "The timestamp was turned into milliseconds or a smaller unit, and seconds were signed." PROXY;
    TimestampIso "timestamp_iso"
        "The timestamp is a date in ISO form." SENDER;
    TimestampSignedAsIso "timestamp_signed_as_iso"
        "A date in ISO form was signed, and seconds sent." SENDER;
    TimestampBecameIso "timestamp_became_iso"
        "The timestamp was turned into a date in ISO form, and seconds were signed." PROXY;
    TimestampBecameDate "timestamp_became_date"
        "The timestamp was turned into a date in words, and seconds were signed." PROXY;
    TimestampInvisible "timestamp_invisible"
        "Characters that no timestamp holds, perhaps invisible ones, stand in the timestamp." PROXY;
    TimestampReprinted "timestamp_reprinted"
        "The timestamp was read as a number and printed again in another form." PROXY;
    TimestampMalformed "timestamp_malformed"
        "The timestamp is no plain number of seconds, and was signed so." SENDER;

    BodyAloneSigned "body_alone_signed"
        "The body alone was signed, without the timestamp." SENDER;
    OtherSeparator "other_separator"
        "Something else than a point stood between timestamp and body when they were signed." SENDER;
    TimestampAfterBody "timestamp_after_body"
        "The timestamp was signed after the body." SENDER;
    OtherParts "other_parts"
        "More than timestamp and body was signed: a version, or the event's name." SENDER;

    OtherSecret "other_secret"
        "The delivery is signed with a secret that the receiver does not have."
        "Configure that secret as well: a subscription signs with its own, a webhook_url with the organisation's.";
    SecretRefused "secret_refused"
        "The signature is right for this secret, but the receiver refuses the secrets as they are configured."
        "Mend what the receiver says about its secrets when it starts; its code stands in this report.";
    SecretQuoted "secret_quoted"
        "Quotes stand around the configured secret." SECRET;
    SecretSignaturePrefix "secret_signature_prefix"
        "`v1,` or `sha256=` stands in front of the configured secret." SECRET;
    SecretTextBefore "secret_text_before"
        "Text stands in front of the configured secret." SECRET;
    SecretTextAfter "secret_text_after"
        "Text stands after the configured secret." SECRET;
    SecretJoined "secret_joined"
        "Several secrets are configured as one."
        "Give each secret on its own: one a line, or an entry of the list.";
    SecretInnerSpace "secret_inner_space"
        "White space stands inside the configured secret." SECRET;
    SecretPlusLost "secret_plus_lost"
        "A space stands in the configured secret where a plus belongs, as form decoding leaves it." SECRET;
    SecretInvisible "secret_invisible"
        "The configured secret holds characters that no secret holds, perhaps invisible ones." SECRET;
    SecretUtf16 "secret_utf16"
        "The configured secret is in UTF-16."
        "Save the file as UTF-8.";
    SecretEncoded "secret_encoded"
        "The configured secret is encoded: in base64, in hex, or with percent escapes."
        "Decode it once and configure what comes out: the secret as Overten shows it.";
    SecretPaddingLost "secret_padding_lost"
        "The configured secret lost the `=` at its end." SECRET;
    SecretPrefixMissing "secret_prefix_missing"
        "The configured secret lacks `whsec_` in front, or has it in another form." SECRET;
    SecretPrefixDropped "secret_prefix_dropped"
        "The key is the secret without its `whsec_`." SENDER;
    SecretBase64Key "secret_base64_key"
        "The key is what the secret's base64 decodes to, not its text." SENDER;
    SecretHexKey "secret_hex_key"
        "The key is what the secret's hex digits stand for, not its text." SENDER;
    SecretRecoded "secret_recoded"
        "The key is the secret re-coded from base64 to hex, or from hex to base64." SENDER;
    SecretNewlineSigned "secret_newline_signed"
        "The sender's key has a newline or another white space at its end."
        "In the sender, remove the white space around the secret; `printf %s` writes none, `echo` does.";
    EmptyKeySigned "empty_key_signed"
        "The key is empty: whoever signed this had no secret."
        "Set the secret in the sender. If this is no sender of your own, it is a forgery.";

    SignatureHeaderRenamed "signature_header_renamed"
        "The signature stands in a header of another name."
        "Hand the header over as X-Overten-Signature: WSGI and CGI name it HTTP_X_OVERTEN_SIGNATURE.";
    SignatureRepeated "signature_repeated"
        "The signature header was sent more than once, or its values were joined; one of them is right." PROXY;
    SignatureQuoted "signature_quoted"
        "Quotes stand around the signature." PROXY;
    SignaturePercentEncoded "signature_percent_encoded"
        "The signature header is percent-encoded." PROXY;
    SignatureScheme "signature_scheme"
        "Something else than `sha256=` stands in front of the signature." SENDER;
    SignatureBase64 "signature_base64"
        "The signature is in base64, not in hex digits." SENDER;
    SignatureCut "signature_cut"
        "The signature is cut off: what is left of it is right." PROXY;
    SignatureExtra "signature_extra"
        "More than the 64 hex digits, which are right, stands in the signature header." PROXY;
    SignatureSha1 "signature_sha1"
        "The signature is an HMAC-SHA1." SENDER;
    SignatureSha512 "signature_sha512"
        "The signature is an HMAC-SHA512." SENDER;
}

/// A set of causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Causes(u128);

const _: () = assert!(Cause::ALL.len() <= 128);

impl Causes {
    pub(super) const NONE: Self = Self(0);

    pub(super) const fn of(cause: Cause) -> Self {
        Self(1 << cause as u32)
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn with(self, cause: Cause) -> Self {
        self.and(Self::of(cause))
    }

    pub(super) const fn has(self, cause: Cause) -> bool {
        self.0 & Self::of(cause).0 != 0
    }

    pub(super) const fn len(self) -> u32 {
        self.0.count_ones()
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Cause> {
        Cause::ALL.into_iter().filter(move |cause| self.has(*cause))
    }
}
