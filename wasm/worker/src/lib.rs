//! A Cloudflare Worker route that takes in Overten's webhooks exactly once.
//!
//! ```text
//! request ─▶ Receiver ─▶ Ledger (one object per run) ─▶ queue ─▶ your consumer
//!              │             │
//!           headers,      claims the key, sends, remembers
//!           body, MAC
//! ```
//!
//! - [`Receiver`] answers the route; [`Ledger`] is the Durable Object behind it. Deploy this crate as it is, or mount
//!   the two in a Worker of your own: depend on it with `default-features = false, features = ["receiver"]`.
//! - [`Message`] is what the queue carries, described by `message.schema.json`. A consumer in Rust depends on this crate
//!   with `default-features = false`, and gets the message alone.
//!
//! # Features
//!
//! - `receiver` adds [`Receiver`] and [`Ledger`].
//! - `fetch` (default) adds the `fetch` event, which makes this crate a Worker that can be deployed.
#![forbid(unsafe_code)]

mod message;
mod stored;

#[cfg(feature = "receiver")]
mod body;
#[cfg(feature = "receiver")]
mod claims;
#[cfg(feature = "receiver")]
mod clock;
#[cfg(feature = "fetch")]
mod entry;
#[cfg(feature = "receiver")]
mod environment;
#[cfg(feature = "receiver")]
mod ledger;
#[cfg(feature = "receiver")]
mod log;
#[cfg(feature = "receiver")]
mod outgoing;
#[cfg(feature = "receiver")]
mod parcel;
#[cfg(feature = "receiver")]
mod queue;
#[cfg(feature = "receiver")]
mod receiver;
#[cfg(feature = "receiver")]
mod settings;
#[cfg(feature = "receiver")]
mod shelf;
#[cfg(feature = "receiver")]
mod way_on;

#[cfg(feature = "receiver")]
pub use environment::{DELIVERIES, LEDGER};
#[cfg(feature = "receiver")]
pub use ledger::Ledger;
pub use message::{
    MAX_MESSAGE_BYTES, MESSAGE_VERSION, Message, MessageBody, MessageError, MessageEvent,
    StoredBody,
};
#[cfg(feature = "receiver")]
pub use outgoing::LONGEST_STORED_TEXT;
#[cfg(feature = "receiver")]
pub use receiver::Receiver;
#[cfg(feature = "receiver")]
pub use settings::{DEFAULT_PATH, LARGEST_MAX_BODY_BYTES, MAX_BODY_BYTES_WITHOUT_LEDGER};
#[cfg(feature = "receiver")]
pub use shelf::STORED_BODY_SECONDS;
