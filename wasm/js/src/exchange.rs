//! What goes in and out of one verification, in memory that the next one uses again.

use overten_webhook::{HostHash, HostKeys, SecretInput, Tolerance, Verifier};
use wasm_bindgen::prelude::*;
use zeroize::Zeroize as _;

use crate::stored;

/// What is more than this is freed when it has been used, so that one large body does not stay.
const KEPT_BYTES: usize = 64 * 1024;

/// Room in front of the body for what is signed before it, and for the block that HMAC begins with.
const FRONT_BYTES: usize = 128;

/// Whether this module asks a host at all.
pub(crate) const HAS_HOST: bool = cfg!(feature = "host");

/// How long the body is that a host is tried with: some blocks, and a part of one.
const TRIED_BYTES: usize = 1000;

#[wasm_bindgen]
extern "C" {
    /// The host, in `js/host.js`.
    #[derive(Debug)]
    pub type Host;

    /// Writes the SHA-256 of so many bytes of the module's memory to `to`; `false` where it cannot.
    #[wasm_bindgen(method, structural)]
    fn sha256(this: &Host, at: usize, bytes: usize, to: usize) -> bool;
}

/// The place that JavaScript writes a body and what belongs to it to, and the one that it reads what became of them from.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Exchange {
    host: Option<Host>,
    input: Vec<u8>,
    record: Vec<u32>,
    text: String,
}

#[wasm_bindgen]
impl Exchange {
    /// Empty. A host that hashes faster is asked to, once it has shown that it can.
    #[wasm_bindgen(constructor)]
    pub fn new(host: Option<Host>) -> Self {
        let mut exchange = Self {
            host,
            ..Self::default()
        };
        if !HAS_HOST || !exchange.hosts_hash_is_right().unwrap_or_default() {
            exchange.host = None;
        }
        exchange
    }

    /// Whether a host is asked.
    pub fn has_host(&self) -> bool {
        self.host.is_some()
    }

    /// Where so many bytes may be written, until the next call.
    pub fn room(&mut self, bytes: usize) -> usize {
        if self.record.capacity() > KEPT_BYTES / size_of::<u32>() {
            self.record = Vec::new();
        }
        let bytes = bytes.saturating_add(FRONT_BYTES);
        if self.input.len() < bytes {
            self.input.resize(bytes, 0);
        }
        place_of(&self.input).wrapping_add(FRONT_BYTES)
    }

    /// What was written has been read: it need not stay.
    pub fn clear(&mut self) {
        if self.input.capacity() > KEPT_BYTES {
            self.input = Vec::new();
        }
    }

    /// What there is to say besides, and the same.
    pub fn text(&mut self) -> String {
        self.clear();
        core::mem::take(&mut self.text)
    }
}

impl Exchange {
    /// What was written behind a body of so many bytes.
    pub(crate) fn behind(&self, body_bytes: usize) -> &[u8] {
        let begin = body_bytes.saturating_add(FRONT_BYTES);
        self.input.get(begin..).unwrap_or_default()
    }

    /// Whether a delivery that the core signed, with a secret made up on the spot, verifies by the host's hash: a test's
    /// stand-in for the host's module, say, would have every delivery refused.
    fn hosts_hash_is_right(&mut self) -> Option<bool> {
        self.room(TRIED_BYTES);
        let body = self.input.get(FRONT_BYTES..)?.to_vec();
        let made_up = stored::made_up_secret();
        let input = SecretInput::unlabelled(made_up.as_bytes());
        let (secrets, keys) = HostKeys::with_secrets([input]).ok()?;
        let headers = stored::signed(&made_up, &body).ok()?;
        let verifier = Verifier::new(secrets).with_tolerance(Tolerance::off());
        let mut is_right = false;
        self.judged(body.len(), |mut given, _| {
            let verdict = given.by_host(Some(&keys), |body, host| {
                verifier.verify_by_host(&headers, body, stored::EPOCH, host)
            });
            is_right = verdict.is_ok();
            Ok(String::new())
        });
        Some(is_right)
    }

    /// Hands what was written, a body of so many bytes first, to `judge`, and gives where the record begins that it writes;
    /// 0 where it refuses. What it says is the text.
    pub(crate) fn judged(
        &mut self,
        body_bytes: usize,
        judge: impl FnOnce(Given<'_>, &mut Vec<u32>) -> Result<String, String>,
    ) -> usize {
        self.record.clear();
        let (front, rest) = self
            .input
            .split_at_mut_checked(FRONT_BYTES)
            .unwrap_or_default();
        let (body, more) = rest.split_at_mut_checked(body_bytes).unwrap_or_default();
        let given = Given {
            host: self.host.as_ref(),
            front,
            body,
            more,
        };
        let judged = judge(given, &mut self.record);
        let has_record = judged.is_ok();
        let (Ok(text) | Err(text)) = judged;
        self.text = text;
        if has_record {
            self.record.as_ptr().addr()
        } else {
            0
        }
    }
}

/// What was written, and who may hash it.
pub(crate) struct Given<'a> {
    host: Option<&'a Host>,
    front: &'a mut [u8],
    body: &'a [u8],
    /// What stands behind the body, and may be written over.
    pub(crate) more: &'a mut [u8],
}

impl<'a> Given<'a> {
    /// What `judge` makes of the body, with a host that hashes where there is one, and the keys for it.
    pub(crate) fn by_host<R>(
        &mut self,
        keys: Option<&HostKeys>,
        judge: impl FnOnce(&'a [u8], Option<&mut HostHash<'_>>) -> R,
    ) -> R {
        let body = self.body;
        let (true, Some(host), Some(keys)) = (HAS_HOST, self.host, keys) else {
            return judge(body, None);
        };
        let mut sha256 = |block: &[u8; _], before_body: [&[u8]; 2]| {
            let content =
                written_before_the_body(self.front, [block, before_body[0], before_body[1]])?;
            let mut digest = [0; 32];
            let bytes = content.len().wrapping_add(body.len());
            let to = digest.as_mut_ptr().expose_provenance();
            let is_hashed = host.sha256(place_of(content), bytes, to);
            content.zeroize();
            is_hashed.then_some(digest)
        };
        let mut host = HostHash {
            keys,
            sha256: &mut sha256,
        };
        judge(body, Some(&mut host))
    }
}

/// Writes the parts one after another, up to the end of `front`, and gives them.
fn written_before_the_body<'a>(front: &'a mut [u8], parts: [&[u8]; 3]) -> Option<&'a mut [u8]> {
    let bytes = parts.iter().map(|part| part.len()).sum();
    let (_, content) = front.split_at_mut_checked(front.len().checked_sub(bytes)?)?;
    let mut rest = &mut *content;
    for part in parts {
        let (to, after) = rest.split_at_mut_checked(part.len())?;
        to.copy_from_slice(part);
        rest = after;
    }
    Some(content)
}

/// Where in the module's memory JavaScript finds the bytes.
fn place_of(bytes: &[u8]) -> usize {
    bytes.as_ptr().expose_provenance()
}
