//! A receiver's steps, between which all that is known of a request is plain bytes in JavaScript's hands: a promise that never
//! settles keeps nothing here.
#![expect(
    clippy::missing_errors_doc,
    clippy::must_use_candidate,
    reason = "the package's own JavaScript is the one caller; what is thrown is what lib.rs says"
)]

use core::num::NonZeroU64;

use overten_webhook::scheme::{EVENT_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER};
use overten_webhook::{
    Answer, Asked, Claim, Code, Ending, HostKeys, LedgerEntry, MismatchAnswer, Named, Outcome,
    Reading, Receiver, Request, Retention, Scope, Step, Tolerance, UnixSeconds, Verifier,
};
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use crate::exchange::Exchange;
use crate::json::Object;
use crate::verifier::{StackBelow, keyed, leaving_nothing_below, tolerance};
use crate::{event, packed, refusal};

/// The core's receiver; dropping it wipes its secrets. A method that takes `plain` takes what another one gave.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Reception {
    /// Boxed, as all keyed state is: freeing it from JavaScript moves what it is in to the stack.
    inner: Box<Receiver>,
    /// For a host that hashes.
    keys: Option<Box<HostKeys>>,
    _below: StackBelow,
}

#[wasm_bindgen]
impl Reception {
    /// `secrets` and `lengths` are packed, label before secret; without lengths they are lines of text. Whatever the core
    /// refuses of the settings makes a receiver that answers `misconfigured`.
    #[wasm_bindgen(constructor)]
    #[expect(clippy::too_many_arguments, reason = "each is one setting")]
    pub fn new(
        secrets: Vec<u8>,
        lengths: Option<Vec<i32>>,
        path: Option<String>,
        scope: &str,
        past: Option<u64>,
        future: Option<u64>,
        max_body_bytes: u32,
        lease_seconds: u64,
        retention_seconds: u64,
        mismatch_status: &str,
        is_for_host: bool,
    ) -> Result<Self, JsValue> {
        let secrets = Zeroizing::new(secrets);
        let scope: Scope = scope.parse().map_err(invalid)?;
        let mismatch: MismatchAnswer = mismatch_status.parse().map_err(invalid)?;
        let lease = NonZeroU64::new(lease_seconds)
            .ok_or_else(|| invalid("the lease must be at least one second"))?;
        let retention = Retention::from_seconds(retention_seconds);
        let tolerance = tolerance(past, future);
        let (inner, keys) = leaving_nothing_below(|| {
            let mut made_keys = None;
            let made = keyed(&secrets, lengths.as_deref(), is_for_host);
            let receiver = match (retention.check(tolerance), made) {
                (Err(error), _) => Receiver::misconfigured(error.code(), &error),
                (_, Err(error)) => Receiver::misconfigured(error.code(), &error),
                (_, Ok((secrets, keys))) => {
                    made_keys = keys;
                    let verifier = Verifier::new(secrets)
                        .with_tolerance(tolerance)
                        .with_max_body_bytes(max_body_bytes as usize);
                    Receiver::new(verifier, retention)
                        .unwrap_or_else(|error| Receiver::misconfigured(error.code(), &error))
                }
            };
            let receiver = match path {
                Some(path) => receiver
                    .with_path(&path)
                    .unwrap_or_else(|error| Receiver::misconfigured(error.code(), &error)),
                None => receiver,
            };
            let receiver = receiver.with_scope(scope).with_lease_seconds(lease);
            (Box::new(receiver.with_mismatch(mismatch)), made_keys)
        });
        Ok(Self {
            inner,
            keys,
            _below: StackBelow,
        })
    }

    /// Why it is misconfigured.
    pub fn problem(&self) -> Option<String> {
        self.inner.problem().map(str::to_owned)
    }

    /// The line of a start.
    pub fn start_line(&self) -> String {
        self.inner.start_line()
    }

    /// By label, as JSON: Unix seconds, or null for never.
    pub fn last_matched(&self) -> String {
        let mut matched = Object::new();
        for (label, at) in self.inner.last_matched() {
            let at = at.map_or_else(|| "null".to_owned(), |at| at.get().to_string());
            matched.json(label.as_str(), &at);
        }
        matched.end()
    }

    /// Judges the request line and the headers. The values of a repeated header come joined by commas.
    #[expect(clippy::too_many_arguments, reason = "each crosses as it is")]
    pub fn begin(
        &self,
        method: &str,
        target: &str,
        signature: Option<String>,
        timestamp: Option<String>,
        event: Option<String>,
        content_length: Option<String>,
        at_ms: f64,
    ) -> Vec<u8> {
        let request = Request {
            method: method.as_bytes(),
            target: target.as_bytes(),
        };
        let pairs = [
            (SIGNATURE_HEADER, &signature),
            (TIMESTAMP_HEADER, &timestamp),
            (EVENT_HEADER, &event),
            ("Content-Length", &content_length),
        ];
        let pairs = pairs
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_deref()?)));
        match self.inner.begin(request, pairs, milliseconds(at_ms)) {
            Ok(reading) => reading.to_plain().to_vec(),
            Err(ending) => ended(ending),
        }
    }

    /// Judges the body. In `exchange` stands `plain` behind it, in whose place what is asked next is written. Gives where the
    /// record of an authentic and fresh delivery is, whose key is the text; 0 where it is answered.
    pub fn whole(&self, exchange: &mut Exchange, body: usize, now: i64) -> Result<usize, JsValue> {
        let reading = reading(exchange.behind(body))?;
        let now = UnixSeconds::new(now);
        Ok(exchange.judged(body, |mut given, words| {
            let judged = given.by_host(self.keys.as_deref(), |body, host| {
                reading.whole_by_host(&self.inner, body, now, host)
            });
            let (next, said) = match judged {
                Ok(received) => {
                    event::write(words, &received.delivery, &received.event);
                    let key = received.key.as_str().to_owned();
                    (Step::Claim(received.claiming), Ok(key))
                }
                Err(ending) => (Step::Answer(ending), Err(String::new())),
            };
            if let Some(plain) = given.more.first_chunk_mut() {
                *plain = next.to_plain();
            }
            said
        }))
    }

    /// What to answer and to log, as JSON. `whys` are packed values.
    #[expect(clippy::too_many_arguments, reason = "each crosses as it is")]
    pub fn end(
        &self,
        plain: &[u8],
        event: Option<String>,
        run_id: Option<String>,
        task_id: Option<String>,
        whys: &[u8],
        lengths: &[i32],
        at_ms: f64,
    ) -> Result<String, JsValue> {
        let Step::Answer(ending) = step(plain)? else {
            return Err(out_of_turn());
        };
        let named = event.as_deref().zip(run_id.as_deref());
        let named = named.map(|(event, run_id)| Named {
            event,
            run_id,
            task_id: task_id.as_deref(),
        });
        let whys: Vec<&[u8]> = packed::pairs(whys, lengths).map(|(_, why)| why).collect();
        let record = ending.record(&self.inner, named, &whys, milliseconds(at_ms));
        let mut end = Object::new();
        end.text("level", record.level().as_str())
            .text("line", &record.to_string());
        if let Some(answer) = ending.answer(&self.inner) {
            end.json("reply", &reply(&answer));
        }
        Ok(end.end())
    }
}

fn reply(answer: &Answer) -> String {
    let mut headers = Object::new();
    for (name, value) in answer.headers() {
        headers.text(name, value);
    }
    Object::new()
        .text("code", answer.code().as_str())
        .json("status", &answer.status().to_string())
        .json("headers", &headers.end())
        .text("body", answer.body())
        .end()
}

/// What is asked (`read_body`, `claim`, `hand_on`, `set_aside`, `commit`, `release` or `answer`), when the sender should have
/// its answer, on the clock of `at_ms`, and how much of a body to read, and one byte more; as JSON.
#[wasm_bindgen]
pub fn standing(plain: &[u8]) -> Result<String, JsValue> {
    let mut standing = Object::new();
    if let Ok(reading) = reading(plain) {
        standing
            .text("asked", "read_body")
            .optional_number("maxBodyBytes", Some(reading.max_body_bytes()))
            .optional_number("answerByMs", Some(reading.answer_by_ms()));
        return Ok(standing.end());
    }
    let step = step(plain)?;
    let asked = match step.asked() {
        Asked::Request | Asked::ReadBody | Asked::Answer => "answer",
        Asked::Claim => "claim",
        Asked::HandOn => "hand_on",
        Asked::SetAside => "set_aside",
        Asked::Commit => "commit",
        Asked::Release => "release",
    };
    standing
        .text("asked", asked)
        .optional_number("answerByMs", step.answer_by_ms());
    Ok(standing.end())
}

/// What came of what was asked: `broken_off` of a body, `new`, `duplicate` or `in_flight` of a claim; `done`, `claim_lost`,
/// `failed`, or `failed_for_good` where whoever did it says that it always will, which counts of a handler alone.
#[wasm_bindgen]
pub fn advance(
    plain: &[u8],
    outcome: &str,
    asked_at_ms: f64,
    at_ms: f64,
) -> Result<Vec<u8>, JsValue> {
    if outcome == "broken_off" {
        return Ok(ended(reading(plain)?.broken_off()));
    }
    let step = step(plain)?;
    let outcome = match outcome {
        "new" => Outcome::New,
        "duplicate" => Outcome::Duplicate,
        "in_flight" => Outcome::InFlight,
        "done" => Outcome::Done,
        "claim_lost" => Outcome::ClaimLost,
        "failed_for_good" if step.asked() == Asked::HandOn => Outcome::FailedForGood,
        _ => Outcome::Failed,
    };
    let next = step.advance(outcome, milliseconds(asked_at_ms), milliseconds(at_ms));
    next.map(|step| step.to_plain().to_vec())
        .map_err(|_| out_of_turn())
}

/// The step is not done in time: what to answer meanwhile, and what to go on with, unless that was the end. In front of both
/// stands how many bytes the first has: none where there is nothing to answer.
#[wasm_bindgen]
pub fn late(plain: &[u8]) -> Result<Vec<u8>, JsValue> {
    let (meanwhile, next) = match reading(plain) {
        Ok(reading) => (ended(reading.late()), Vec::new()),
        Err(_) => {
            let (meanwhile, step) = step(plain)?.late();
            let meanwhile = meanwhile.map(ended).unwrap_or_default();
            (meanwhile, step.to_plain().to_vec())
        }
    };
    let bytes = u8::try_from(meanwhile.len()).unwrap_or_default();
    Ok([[bytes].as_slice(), &meanwhile, &next].concat())
}

/// What a claim of a key means that is claimed, or committed, since `at`.
#[wasm_bindgen]
pub fn judge(
    at: Option<i64>,
    is_committed: bool,
    now: i64,
    lease_seconds: u64,
    retention_seconds: u64,
) -> String {
    let entry = at.map(UnixSeconds::new).map(|at| match is_committed {
        true => LedgerEntry::Committed { at },
        false => LedgerEntry::Claimed { at },
    });
    let retention = Retention::from_seconds(retention_seconds);
    Claim::judge(entry, UnixSeconds::new(now), lease_seconds, retention)
        .as_str()
        .to_owned()
}

/// A receiver's settings where nothing else is said, as JSON; a side that is off is absent.
#[wasm_bindgen]
pub fn receiver_defaults(is_durable: bool) -> String {
    let tolerance = Tolerance::for_receiver(is_durable);
    Object::new()
        .optional_number("past", tolerance.past())
        .optional_number("future", tolerance.future())
        .optional_number(
            "maxBodyBytes",
            Some(overten_webhook::DEFAULT_MAX_BODY_BYTES),
        )
        .optional_number("leaseSeconds", Some(Claim::DEFAULT_LEASE_SECONDS))
        .optional_number("retentionSeconds", Some(Retention::DEFAULT_SECONDS))
        .end()
}

fn reading(plain: &[u8]) -> Result<Reading, JsValue> {
    plain
        .first_chunk()
        .and_then(Reading::from_plain)
        .ok_or_else(out_of_turn)
}

fn step(plain: &[u8]) -> Result<Step, JsValue> {
    plain
        .first_chunk()
        .and_then(Step::from_plain)
        .ok_or_else(out_of_turn)
}

fn ended(ending: Ending) -> Vec<u8> {
    Step::Answer(ending).to_plain().to_vec()
}

/// A monotonic clock's milliseconds, whole and at least 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a clock that is out of range stands at its end"
)]
fn milliseconds(at_ms: f64) -> u64 {
    at_ms as u64
}

fn invalid(error: impl core::fmt::Display) -> JsValue {
    refusal::thrown(&mut refusal::plain(Code::InvalidArgument, &error))
}

/// A fault of the driver, which its tests would find.
fn out_of_turn() -> JsValue {
    invalid("this was not asked for: say what came of the step that was asked last")
}
