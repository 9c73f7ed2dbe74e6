//! Deliveries as Overten makes them: what they say, and under which key a receiver takes them in.

mod content;
mod expected;
mod mix;
mod preset;
mod signer;

pub(crate) use content::{Content, Maker, Source, documented};
pub(crate) use expected::Expected;
pub(crate) use mix::{Mix, parse_share};
pub(crate) use preset::{Circumstances, Preset};
pub(crate) use signer::Signer;

/// Hex digits that nobody can foresee, twice as many as bytes.
pub(crate) fn random_hex<const BYTES: usize>() -> String {
    let mut bytes = [0; BYTES];
    // The only failure is a machine without randomness, on which nothing here could be trusted.
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
