//! The C ABI over the core: `include/overten_webhook.h` is generated from these modules, in their order, and `README.md`
//! is the convention that they keep. Nothing is decided here.

#![expect(
    clippy::missing_safety_doc,
    reason = "what a caller must keep is the convention in README.md; the docs here are the header's, for C readers"
)]

pub mod status;

pub mod types;

pub mod error;

pub mod verifier;

pub mod headers;

pub mod verify;

pub mod delivery;

pub mod event;

pub mod fields;

pub mod verification;

pub mod packed;

pub mod sign;

pub mod receiver;

pub mod reception;

pub mod claim;

pub mod answer;

#[cfg(feature = "diagnose")]
pub mod diagnose;

pub mod version;

mod pointers;

#[cfg(target_arch = "wasm32")]
pub mod wasm;

#[cfg(test)]
mod tests;
