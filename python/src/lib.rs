//! The private extension module `overten_webhook._core`: the core's answers as Python objects.

#![forbid(unsafe_code)]

mod arguments;
mod body;
mod delivery;
mod diagnose;
mod errors;
mod event;
mod headers;
mod module;
mod rebuild;
mod receiver;
mod reception;
mod rules;
mod sign;
mod verifier;
