#![cfg_attr(feature = "alloc", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "alloc"),
    doc = "The receiving end of Overten's webhooks, without a heap: verify, answer, sign."
)]
//! # How it hangs together
//!
//! ```text
//! header bytes ─┐
//! body bytes ───┼─▶ Verifier::verify ─▶ Delivery ─▶ Delivery::event ─▶ Event ─▶ Event::idempotency_key
//! now ──────────┘        │                              │
//!                     Rejection                     PayloadError (then Delivery::body_key)
//! ```
//!
//! - [`Verifier`] proves a delivery, with one to eight [`Secrets`]; [`SignedHeaders`] finds what was signed among the
//!   headers. The clock is an argument, and nothing here does I/O.
//! - [`Delivery`] is the proof: nothing else makes one, and only it gives an `Event`.
//! - [`IdempotencyKey`] names a delivery, so that a store takes it in once.
//! - `Receiver` says what to do next with a request, from its head to its log line, and `Step` what that is.
//! - [`Answer`] says what to reply, so that nothing authentic is lost to a status that Overten never retries.
//! - [`sign`] is the sending side, for tests.
//!
//! # Features
//!
//! - `alloc` (default) adds `Event` and `Receiver`: reading a body needs a heap. Without it the crate verifies, answers
//!   and signs, keys a body, and allocates nothing.
//! - `diagnose` adds the module of that name: why a captured delivery does not verify. It brings two crates along, for
//!   DEFLATE and SHA-1, and is for the receiver's own desk, never for its network path.
//!
//! # What it costs
//!
//! Verifying hashes the body once for each secret until one matches, and copies nothing. An event keeps its members'
//! places, in one allocation for up to 16 of them; a body of nothing but tiny members takes about 17 bytes for each of
//! its own, and only Overten can send one. A field is decoded each time it is asked for.
//!
//! # Compared in constant time
//!
//! All 32 bytes of the MAC, over values that were brought to that length first. Which secret matched can be told from
//! the time taken; no byte of a secret or of a right MAC can. A secret is wiped where this crate keeps it; what the
//! caller passed in, and copies that the compiler made while moving values, are out of its reach.
#![no_std]
#![forbid(unsafe_code)]
#![deny(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::get_unwrap,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::todo,
    clippy::unimplemented,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "no input may make this crate panic"
)]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used,
        reason = "a test fails by panicking"
    )
)]

#[cfg(feature = "alloc")]
extern crate alloc;

mod answer;
mod claim;
mod code;
#[cfg(feature = "diagnose")]
pub mod diagnose;
#[cfg(feature = "alloc")]
mod event;
mod fields;
mod headers;
mod host_keys;
mod idempotency;
#[cfg(feature = "alloc")]
mod index;
#[cfg(feature = "alloc")]
mod json;
#[cfg(feature = "alloc")]
mod json_scanner;
#[cfg(feature = "alloc")]
mod json_text;
#[cfg(feature = "alloc")]
mod payload_error;
#[cfg(feature = "alloc")]
mod reception;
#[cfg(feature = "alloc")]
mod record;
mod rejection;
mod request;
pub mod scheme;
mod secret;
mod secret_error;
mod sign;
mod text;
mod time;
mod verify;

pub use answer::{Answer, MismatchAnswer, UnknownMismatchAnswer};
pub use claim::{Claim, LedgerEntry, Retention, RetentionError};
pub use code::{Code, UnknownCode};
#[cfg(feature = "alloc")]
pub use event::{ErrorDetail, Event, EventKind};
pub use headers::SignedHeaders;
#[doc(hidden)]
pub use headers::is_looked_at;
#[doc(hidden)]
pub use host_keys::{HostHash, HostKeys};
pub use idempotency::{IdempotencyKey, Scope, UnknownScope};
#[cfg(feature = "alloc")]
#[doc(hidden)]
pub use index::Fields;
#[cfg(feature = "alloc")]
pub use payload_error::{PayloadError, PayloadFault};
#[cfg(feature = "alloc")]
pub use reception::{
    ANSWER_WITHIN_MS, Asked, Claiming, Committing, Ending, HandingOn, OutOfTurn, Outcome,
    PLAIN_BYTES, Plain, RawLog, Reading, Received, Receiver, ReceiverError, Releasing, Request,
    SettingAside, Step, UnknownRawLog,
};
#[cfg(feature = "alloc")]
pub use record::{Level, Named, Record};
pub use rejection::{LengthDifference, Rejection, SignatureFault, TimestampFault};
pub use request::{PathError, check_path, check_request};
pub use secret::{Fingerprint, Label, MAX_SECRETS, Secret, SecretInput, Secrets};
pub use secret_error::{SecretError, SecretFault};
pub use sign::{SignError, Signature, sign};
pub use time::{Tolerance, UnixSeconds};
pub use verify::{DEFAULT_MAX_BODY_BYTES, Delivery, Verdict, Verification, Verifier};
