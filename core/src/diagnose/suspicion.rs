//! What looks wrong and cannot be proven: no MAC comes out right for it.

use super::finding::findings;
use super::json::Node;
use crate::json::number;
use crate::rejection::LengthDifference;

findings! {
    /// Something that looks wrong with a delivery that nothing explains: a hint where to look, and no proof.
    Suspicion
    NoSecret "no_secret"
        "No secret was given that could be tried."
        "Configure the signing secret of the subscription or of the organisation.";
    SecretRefused "secret_refused"
        "A receiver refuses the secrets as they are configured."
        "Mend what this report says about them, then look again.";
    SignatureMissing "signature_missing"
        "There is no signature header, so nothing could be compared."
        "Have the proxy in front pass X-Overten-Signature on, or capture the headers too. If the sender sends none, it \
         is not Overten.";
    SignatureUnreadable "signature_unreadable"
        "The signature header holds no signature in any form that is known."
        "Look at where the header comes from: Overten sends `sha256=` and 64 hex digits.";
    TimestampInvisible "timestamp_invisible"
        "The timestamp header holds characters beyond ASCII, perhaps invisible ones, as a copied text has them."
        "Copy the value once more, from the request itself: Overten sends whole seconds in the digits 0 to 9.";
    TimestampDate "timestamp_date"
        "The timestamp header holds a date, where Overten sends the seconds since 1970."
        "Look for what printed it so, since the digits that were signed are lost: a proxy or gateway, a tool that saved the \
         request, or the code that handed the header over.";
    TimestampMalformed "timestamp_malformed"
        "The timestamp header is no Unix time: 1 to 12 of the digits 0 to 9, without a leading zero."
        "Look at where the header comes from: Overten sends whole seconds. A time in another form is not what was signed.";
    BodyEmpty "body_empty"
        "The body is empty."
        "Something read the body before: hand over the request before any parser or middleware does, or restore its body.";
    BodyCut "body_cut"
        "The body looks cut off: it ends within its JSON, or its length is a power of two as buffers have it."
        "Read the body to its end before you verify, and raise what limits it: a buffer, a log line, a database column.";
    BodyLength "body_length"
        "The body's length is not what Content-Length announced."
        "Something on its way read, cut or changed it: hand over the request before anything else reads it.";
    BodyCompressed "body_compressed"
        "The body is compressed, and cannot be inflated here to what was signed."
        "Have what stands in front of the receiver pass the body on uncompressed, as Overten sent it.";
    BodyInflated "body_inflated"
        "Content-Encoding names a compression, and the body is plain."
        "If the sender signs what it compressed, verify the bytes before anything inflates them.";
    BodyLossy "body_lossy"
        "The body holds U+FFFD: bytes that were no text were replaced, and cannot be had back."
        "Read the body as bytes, never as text.";
    BodyNotJson "body_not_json"
        "The body is no JSON object, as each of Overten's is."
        "Hand over the body as received, not what a program prints for it (`[object Object]`, a dict, a log line).";
    MembersSorted "members_sorted"
        "The members stand in the order of their names, as a parsed body that was printed again has them."
        "Hand over the body's bytes as they came from the connection; never print a parsed body again to verify it.";
    NumbersRounded "numbers_rounded"
        "A number is so large that many parsers round it."
        "Hand over the body's bytes as they came from the connection; never print a parsed body again to verify it.";
    Clock "clock"
        "The delivery's time lies outside the tolerance."
        "Check both clocks; this alone makes no signature wrong.";
    UnknownSecret "unknown_secret"
        "None of the secrets given made the signature, or the body was changed in a way that was not tried."
        "Compare the fingerprints with those of the secrets that Overten shows: a subscription signs with its own, a \
         webhook_url with the organisation's. Let the diagnosis have all of them.";
}

/// The shortest power of two that a buffer is likely to have.
const SMALLEST_BUFFER: usize = 256;

/// What looks wrong with the body by itself.
pub(super) fn about_body(
    body: &[u8],
    length: Option<LengthDifference>,
    is_encoded: bool,
) -> impl Iterator<Item = Suspicion> {
    let json = Node::read(body);
    let text = body.trim_ascii();
    let is_compressed = is_encoded || is_of_a_compression(body);
    let begins = text.starts_with(b"{");
    let ends = text.ends_with(b"}");
    let is_cut = !body.is_empty() && json.is_none() && (begins && !ends || is_of_a_buffer(body));
    let is_json = json.is_some();
    let names = json.map(|node| Facts::of(&node)).unwrap_or_default();
    let seen = [
        (Suspicion::BodyEmpty, body.is_empty()),
        (Suspicion::BodyCut, is_cut),
        (Suspicion::BodyLength, length.is_some()),
        (Suspicion::BodyCompressed, is_compressed && !is_json),
        (Suspicion::BodyInflated, is_encoded && is_json),
        (
            Suspicion::BodyLossy,
            super::coding::find(body, "\u{fffd}".as_bytes()).is_some(),
        ),
        (Suspicion::BodyNotJson, !is_json && !body.is_empty()),
        (Suspicion::MembersSorted, names.are_sorted),
        (Suspicion::NumbersRounded, names.has_large_number),
    ];
    seen.into_iter()
        .filter(|(_, is_seen)| *is_seen)
        .map(|(suspicion, _)| suspicion)
}

fn is_of_a_buffer(body: &[u8]) -> bool {
    body.len() >= SMALLEST_BUFFER && body.len().is_power_of_two()
}

/// Whether it begins as gzip or zstd does.
fn is_of_a_compression(body: &[u8]) -> bool {
    body.starts_with(&[0x1f, 0x8b]) || body.starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
}

#[derive(Default)]
struct Facts {
    are_sorted: bool,
    has_large_number: bool,
}

impl Facts {
    fn of(node: &Node<'_>) -> Self {
        let Node::Object(_, members) = node else {
            return Self::default();
        };
        let is_sorted = members.is_sorted_by(|(name, _), (next, _)| name < next);
        Self {
            are_sorted: members.len() > 3 && is_sorted,
            has_large_number: has_large_number(node),
        }
    }
}

/// Whether it holds a whole number that not every double is next to.
fn has_large_number(node: &Node<'_>) -> bool {
    const FIRST_WITH_A_GAP: f64 = 9_007_199_254_740_992.0;
    match node {
        Node::Leaf(leaf) => number(leaf).is_some_and(|value| value.abs() >= FIRST_WITH_A_GAP),
        Node::Array(items) => items.iter().any(has_large_number),
        Node::Object(_, members) => members.iter().any(|(_, value)| has_large_number(value)),
    }
}
