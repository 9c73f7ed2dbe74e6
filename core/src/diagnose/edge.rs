//! What may have happened at a body's ends, at its line ends, or to its character encoding.

use alloc::vec::Vec;

use sha2::{Digest, Sha256};

use super::cause::Cause;
use super::coding::{replaced, to_base64, to_hex};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The bodies that may have been signed where this one arrived.
pub(super) fn edges(body: &[u8]) -> Vec<(Cause, Vec<u8>)> {
    let mut bodies = ends(body);
    bodies.extend(line_ends(body));
    bodies.extend(signed_in_another_form(body));
    bodies
}

fn ends(body: &[u8]) -> Vec<(Cause, Vec<u8>)> {
    let less_newline = body.strip_suffix(b"\r\n").or(body.strip_suffix(b"\n"));
    let zeros = body.iter().rev().take_while(|byte| **byte == 0).count();
    let less_zeros = body.get(..body.len().saturating_sub(zeros));
    let shorter = [
        (Cause::FinalNewlineAdded, less_newline),
        (Cause::FinalNewlineAdded, body.strip_suffix(b"\n")),
        (Cause::SpaceAdded, Some(body.trim_ascii_end())),
        (Cause::SpaceAdded, Some(body.trim_ascii_start())),
        (Cause::SpaceAdded, Some(body.trim_ascii())),
        (Cause::NulAdded, less_zeros),
        (Cause::NulAdded, body.strip_suffix(b"\0")),
        (Cause::BomAdded, body.strip_prefix(BYTE_ORDER_MARK)),
    ];
    let shorter = shorter
        .into_iter()
        .filter_map(|(cause, less)| Some((cause, less?.to_vec())));
    shorter.chain(longer(body)).collect()
}

/// What was there before something was taken off.
pub(super) fn longer(body: &[u8]) -> impl Iterator<Item = (Cause, Vec<u8>)> {
    const ENDS: [(Cause, &[u8]); 4] = [
        (Cause::FinalNewlineLost, b"\n"),
        (Cause::FinalNewlineLost, b"\r\n"),
        (Cause::SpaceLost, b" "),
        (Cause::NulSigned, b"\0"),
    ];
    let ends = ENDS
        .into_iter()
        .map(move |(cause, end)| (cause, [body, end].concat()));
    ends.chain([(Cause::BomLost, [BYTE_ORDER_MARK, body].concat())])
}

fn line_ends(body: &[u8]) -> Option<(Cause, Vec<u8>)> {
    match replaced(body, b"\r\n", b"\n") {
        Some(body) => Some((Cause::LfBecameCrlf, body)),
        None => Some((Cause::CrlfBecameLf, replaced(body, b"\n", b"\r\n")?)),
    }
}

fn signed_in_another_form(body: &[u8]) -> Vec<(Cause, Vec<u8>)> {
    let mut bodies = alloc::vec![
        (Cause::EmptyBodySigned, Vec::new()),
        (
            Cause::BodyDigestSigned,
            to_hex(&Sha256::digest(body)).to_vec()
        ),
        (Cause::Base64Signed, to_base64(body).to_vec()),
    ];
    if let Ok(text) = core::str::from_utf8(body) {
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked = [b"\xff\xfe", little.as_slice()].concat();
        let big = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        bodies.extend([little, big, marked].map(|body| (Cause::Utf16Signed, body)));
    }
    bodies
}
