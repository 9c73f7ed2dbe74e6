//! What the route and a ledger object say to one another: both halves of one reception.

use js_sys::Uint8Array;
use overten_webhook::{PLAIN_BYTES, Plain, Step};

use super::steps::Done;

/// Where a ledger object takes deliveries.
pub(crate) const DELIVERIES_PATH: &str = "/deliveries";

/// Where it says which step of a delivery it is at.
pub(crate) const STEPS_PATH: &str = "/steps";

/// Where it answers with a stored body: the SHA-256 of the body follows, in hex.
pub(crate) const BODIES_PATH: &str = "/bodies/";

/// Tells one request from another that carries the same delivery at the same moment.
pub(crate) type Ticket = [u8; 8];

/// A delivery as an object takes it.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) ticket: Ticket,
    pub(crate) claim: Plain,
    pub(crate) key: String,
    pub(crate) message: String,
    /// The place of a body that does not fit into the message, and its bytes.
    pub(crate) body: Option<(String, Uint8Array)>,
}

impl Taken {
    /// What the route sends for it.
    pub(crate) fn encode(
        ticket: &Ticket,
        claim: &Plain,
        key: &str,
        message: &str,
        body: Option<(&str, &[u8])>,
    ) -> Uint8Array {
        let (id, bytes) = body.unwrap_or_default();
        let texts = [key, message, id].map(str::as_bytes);
        let parts = [ticket.as_slice(), claim].into_iter().chain(texts);
        let parts: Vec<&[u8]> = parts.collect();
        encode(&parts, bytes)
    }

    /// `None` where it is not what this version sends.
    pub(crate) fn decode(content: &Uint8Array) -> Option<Self> {
        let (parts, bytes) = decode(content)?;
        let [ticket, claim, key, message, id] = <[Vec<u8>; 5]>::try_from(parts).ok()?;
        let id = String::from_utf8(id).ok()?;
        Some(Self {
            ticket: ticket.try_into().ok()?,
            claim: plain(&claim)?,
            key: String::from_utf8(key).ok()?,
            message: String::from_utf8(message).ok()?,
            body: (!id.is_empty()).then_some((id, bytes)),
        })
    }
}

impl Done {
    /// What the object answers with.
    pub(crate) fn encode(self) -> Uint8Array {
        let ending = Step::Answer(self.ending).to_plain();
        let whys = self.whys.iter().map(Vec::as_slice);
        let parts: Vec<&[u8]> = std::iter::once(ending.as_slice()).chain(whys).collect();
        encode(&parts, &[])
    }

    /// `None` where it is not what this version answers.
    pub(crate) fn decode(content: &Uint8Array) -> Option<Self> {
        let (mut parts, _) = decode(content)?;
        let ending = plain(parts.first()?)?;
        let Step::Answer(ending) = Step::from_plain(&ending)? else {
            return None;
        };
        let whys = parts.split_off(1);
        Some(Self { ending, whys })
    }
}

pub(crate) fn plain(bytes: &[u8]) -> Option<Plain> {
    <[u8; PLAIN_BYTES]>::try_from(bytes).ok()
}

/// The parts' length, each part with its own in front, then the rest, which may be large: it is copied once, out of wasm.
fn encode(parts: &[&[u8]], rest: &[u8]) -> Uint8Array {
    let head_bytes: usize = parts.iter().map(|part| part.len() + 4).sum();
    let mut head = Vec::with_capacity(head_bytes + 4);
    head.extend(length(head_bytes));
    for part in parts {
        head.extend(length(part.len()));
        head.extend_from_slice(part);
    }
    if rest.is_empty() {
        return Uint8Array::from(head.as_slice());
    }
    let (start, end) = (head.len(), head.len() + rest.len());
    let all = Uint8Array::new_with_length(u32::from_le_bytes(length(end)));
    all.subarray(0, u32::from_le_bytes(length(start)))
        .copy_from(&head);
    all.subarray(u32::from_le_bytes(length(start)), all.length())
        .copy_from(rest);
    all
}

/// Nothing here reaches 4 GiB: an isolate has 128 MB.
fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes()
}

fn decode(content: &Uint8Array) -> Option<(Vec<Vec<u8>>, Uint8Array)> {
    let start = content.subarray(0, 4).to_vec();
    let head_bytes = u32::from_le_bytes(start.try_into().ok()?);
    let end = head_bytes.checked_add(4)?;
    let head = content.subarray(4, end).to_vec();
    if head.len() != usize::try_from(head_bytes).ok()? {
        return None;
    }
    let mut parts = Vec::new();
    let mut left = head.as_slice();
    while let Some((length, rest)) = left.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (part, rest) = rest.split_at_checked(length)?;
        parts.push(part.to_vec());
        left = rest;
    }
    left.is_empty()
        .then(|| (parts, content.subarray(end, content.length())))
}
