//! A Cloudflare Worker route that takes in Overten's webhooks exactly once.
//!
//! ```text
//! request ─▶ Receiver ─▶ Ledger (one object per run) ─▶ queue ─▶ your consumer
//!              │             │
//!           headers,      claims the key, sends, commits
//!           body, MAC
//! ```
//!
//! - [`Receiver`] answers the route; [`Ledger`] is the Durable Object behind it. Deploy this crate as it is, or mount
//!   the two in a Worker of your own: depend on it with `default-features = false, features = ["receiver"]`.
//! - [`Message`] is what the queue carries, described by `message.schema.json`. A consumer in Rust depends on this crate
//!   with `default-features = false`, and gets the message alone.
//!
//! What is done next, answered and logged is the core's to say; this crate does it in the platform's way.
//!
//! # Features
//!
//! - `receiver` adds [`Receiver`] and [`Ledger`].
//! - `fetch` (default) adds the `fetch` event, which makes this crate a Worker that can be deployed.
#![forbid(unsafe_code)]

#[cfg(feature = "fetch")]
mod entry;
#[doc(hidden)]
pub mod js;
mod json;
mod message;
#[cfg(feature = "receiver")]
mod receiver;
mod stored;

pub use message::{
    MAX_MESSAGE_BYTES, MESSAGE_VERSION, Message, MessageBody, MessageError, MessageEvent,
    StoredBody,
};
#[cfg(feature = "receiver")]
pub use receiver::{
    DEFAULT_PATH, DELIVERIES, LARGEST_MAX_BODY_BYTES, LEDGER, LONGEST_STORED_TEXT, Ledger,
    MAX_BODY_BYTES_WITHOUT_LEDGER, Receiver, STORED_BODY_SECONDS,
};
