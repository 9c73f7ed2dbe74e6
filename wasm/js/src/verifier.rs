//! `Verifier`: the keyed state, and the one call that checks a delivery and reads it.

use overten_webhook::scheme::{EVENT_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER};
use overten_webhook::{
    Code, HostKeys, Rejection, SecretError, SecretInput, Secrets, SignedHeaders, Tolerance,
    UnixSeconds, Verifier as CoreVerifier,
};
use wasm_bindgen::prelude::*;
use zeroize::Zeroize as _;

use crate::exchange::{Exchange, HAS_HOST};
use crate::json::{Json, Object};
use crate::{event, packed, refusal};

/// The core's verifier; dropping it wipes its secrets.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Verifier {
    /// Boxed, as all keyed state is: freeing it from JavaScript moves what it is in to the stack.
    inner: Box<CoreVerifier>,
    /// For a host that hashes.
    keys: Option<Box<HostKeys>>,
    _below: StackBelow,
}

/// The last field of what holds keyed state: when that is dropped, the stack that calls have used is wiped, too.
#[derive(Debug)]
pub(crate) struct StackBelow;

impl Drop for StackBelow {
    fn drop(&mut self) {
        wipe_the_stack_below();
    }
}

#[wasm_bindgen]
impl Verifier {
    /// `secrets` and `lengths` are packed, label before secret; without lengths they are lines of text. A side of the
    /// tolerance that is left out is off.
    #[wasm_bindgen(constructor)]
    pub fn new(
        mut secrets: Vec<u8>,
        lengths: Option<Vec<i32>>,
        past: Option<u64>,
        future: Option<u64>,
        max_body_bytes: u32,
        is_for_host: bool,
    ) -> Result<Self, JsValue> {
        let made = leaving_nothing_below(|| {
            let (secrets, keys) = keyed(&secrets, lengths.as_deref(), is_for_host)?;
            let verifier = CoreVerifier::new(secrets)
                .with_tolerance(tolerance(past, future))
                .with_max_body_bytes(max_body_bytes as usize);
            Ok((Box::new(verifier), keys))
        });
        secrets.zeroize();
        let (inner, keys) = made.map_err(refusal::of_secrets)?;
        Ok(Self {
            inner,
            keys,
            _below: StackBelow,
        })
    }

    /// Label and fingerprint of each secret, as JSON.
    pub fn secrets(&self) -> String {
        let mut list = Json::default();
        list.open('[');
        for secret in self.inner.secrets().iter() {
            let secret = Object::new()
                .text("label", secret.label().as_str())
                .text("fingerprint", secret.fingerprint().as_str())
                .end();
            list.json(&secret);
        }
        list.close(']').end()
    }

    /// Where the record of an authentic and fresh delivery is; 0 where it is refused. In `exchange` stand the body and the
    /// values of the headers, each of so many bytes: -1 for one that was not sent. Those of a repeated one come joined by
    /// commas.
    pub fn verify(
        &self,
        exchange: &mut Exchange,
        body: usize,
        signature: i32,
        timestamp: i32,
        content_length: i32,
        now: i64,
    ) -> usize {
        let now = UnixSeconds::new(now);
        exchange.judged(body, |mut given, words| {
            let delivery = signed_headers(given.more, [signature, timestamp, content_length])
                .and_then(|headers| {
                    given.by_host(self.keys.as_deref(), |body, host| {
                        self.inner.verify_by_host(&headers, body, now, host)
                    })
                })
                .map_err(refusal::delivery_text)?;
            event::write(words, &delivery, &delivery.event());
            Ok(String::new())
        })
    }
}

/// The names of the headers that are looked at, in the order in which their values are taken.
#[wasm_bindgen]
pub fn header_names() -> String {
    let names = [
        SIGNATURE_HEADER,
        TIMESTAMP_HEADER,
        EVENT_HEADER,
        "Content-Length",
    ];
    let mut list = String::new();
    for name in names {
        list.push_str(name);
        list.push(' ');
    }
    list
}

/// The JSON of a code without a refusal of the core's own: its status, and whether it is retried.
#[wasm_bindgen]
pub fn refusal_of(code: &str, text: &str) -> String {
    let code = code.parse().unwrap_or(Code::Internal);
    refusal::plain(code, &text).end()
}

/// What `work` makes, none of which may be keyed state that is not on the heap; what its calls have left of that is wiped.
pub(crate) fn leaving_nothing_below<R>(work: impl FnOnce() -> R) -> R {
    let made = below(work);
    wipe_the_stack_below();
    made
}

/// Does the work in a frame of its own.
#[inline(never)]
fn below<R>(work: impl FnOnce() -> R) -> R {
    work()
}

/// Writes over what calls have left of keyed state, deeper than any of them went.
#[inline(never)]
fn wipe_the_stack_below() {
    let mut block = [0xff_u8; 64 * 1024];
    block.zeroize();
}

/// The secrets and, for a host that hashes, its keys for them.
pub(crate) fn keyed(
    given: &[u8],
    lengths: Option<&[i32]>,
    is_for_host: bool,
) -> Result<(Secrets, Option<Box<HostKeys>>), SecretError> {
    if HAS_HOST && is_for_host {
        let (secrets, keys) = HostKeys::with_secrets(inputs(given, lengths))?;
        return Ok((secrets, Some(Box::new(keys))));
    }
    let secrets = match lengths {
        Some(lengths) => Secrets::new(packed_inputs(given, lengths)),
        None => Secrets::from_lines(given),
    };
    secrets.map(|secrets| (secrets, None))
}

fn signed_headers(mut values: &[u8], lengths: [i32; 3]) -> Result<SignedHeaders, Rejection> {
    let [signature, timestamp, content_length] = lengths.map(|length| {
        let (value, rest) = values.split_at_checked(usize::try_from(length).ok()?)?;
        values = rest;
        Some(value)
    });
    SignedHeaders::from_values_with_length(signature, timestamp, content_length)
}

/// Packed secrets or, without lengths, lines of text.
pub(crate) fn inputs<'a>(given: &'a [u8], lengths: Option<&'a [i32]>) -> Vec<SecretInput<'a>> {
    match lengths {
        Some(lengths) => packed_inputs(given, lengths).collect(),
        None => SecretInput::from_lines(given).collect(),
    }
}

fn packed_inputs<'a>(
    secrets: &'a [u8],
    lengths: &'a [i32],
) -> impl Iterator<Item = SecretInput<'a>> {
    packed::pairs(secrets, lengths).map(|(label, secret)| match label {
        Some(label) => SecretInput::labelled(label, secret),
        None => SecretInput::unlabelled(secret),
    })
}

pub(crate) fn tolerance(past: Option<u64>, future: Option<u64>) -> Tolerance {
    let tolerance = past.map_or(Tolerance::off(), |past| Tolerance::off().with_past(past));
    future.map_or(tolerance, |future| tolerance.with_future(future))
}
