//! The module of the JavaScript package: bytes and texts in, plain data out. Private to the package, whose hand-written
//! modules in `js/` are what users call.
//!
//! What is refused is thrown as a text of JSON; whatever else is thrown is a trap, after which the instance is spent.

#![forbid(unsafe_code)]
#![expect(
    clippy::missing_errors_doc,
    clippy::must_use_candidate,
    reason = "what is public here only JavaScript calls: its own types say what it throws"
)]

#[cfg(feature = "diagnose")]
pub mod diagnose;
pub mod event;
pub mod exchange;
mod json;
mod packed;
pub mod reception;
mod refusal;
pub mod sign;
pub mod stored;
pub mod verifier;

/// Of half the code that Rust's own for WebAssembly has.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
