//! Why a captured delivery does not verify.

use overten_webhook::UnixSeconds;
use overten_webhook::diagnose::Capture;
use wasm_bindgen::prelude::*;
use zeroize::Zeroize as _;

use crate::json::Json;
use crate::packed;
use crate::verifier::{inputs, tolerance};

/// The report as JSON: an array of the structure and of the same in words.
#[wasm_bindgen]
#[expect(clippy::too_many_arguments, reason = "each crosses as it is")]
pub fn diagnose(
    headers: &[u8],
    header_lengths: &[i32],
    body: &[u8],
    now: i64,
    mut secrets: Vec<u8>,
    secret_lengths: &[i32],
    mut others: Vec<u8>,
    other_lengths: &[i32],
    past: Option<u64>,
    future: Option<u64>,
    max_body_bytes: u32,
) -> String {
    let pairs = packed::pairs(headers, header_lengths);
    let pairs = pairs.map(|(name, value)| (name.unwrap_or_default(), value));
    let report = Capture::new(pairs, body, UnixSeconds::new(now))
        .with_tolerance(tolerance(past, future))
        .with_max_body_bytes(max_body_bytes as usize)
        .with_other_secrets(inputs(&others, other_lengths))
        .diagnose(inputs(&secrets, secret_lengths));
    secrets.zeroize();
    others.zeroize();
    let mut answer = Json::default();
    answer
        .open('[')
        .json(&report.to_json())
        .text(&report.to_string())
        .close(']');
    answer.end()
}
