//! Bodies that stand inside the one that arrived: encoded, wrapped, compressed.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use miniz_oxide::inflate;

use super::cause::Cause;
use super::coding::{base64, find, form_text, hex, percent, replaced};
use super::json::Node;
use crate::{json, json_text};

/// The most bodies that one form, or one envelope, is taken to hold.
const MOST_INSIDE: usize = 8;

/// How long the line between two parts may be: `--`, and the boundary of 70 characters at most (RFC 2046, 5.1.1).
const BOUNDARY_BYTES: core::ops::RangeInclusive<usize> = 3..=72;

/// Every body that stands inside this one, none longer than `longest`.
pub(super) fn inside(body: &[u8], longest: usize) -> Vec<(Cause, Vec<u8>)> {
    let text = body.trim_ascii();
    let single = [
        (Cause::Base64Body, base64_text(text)),
        (Cause::HexBody, hex_text(text)),
        (Cause::PercentEncoded, percent(body)),
        (
            Cause::PercentEncoded,
            body.contains(&b'%').then(|| form_text(body)),
        ),
        (Cause::JsonString, json_string(text)),
        (Cause::Compressed, inflated(body, longest)),
        (Cause::ChunkedFraming, dechunked(body)),
        (Cause::HttpHead, after_head(body)),
        (Cause::PythonLiteral, python_literal(text)),
        (Cause::HtmlEscaped, html_unescaped(body)),
        (Cause::Latin1Received, from_latin1(body)),
        (Cause::Utf16Received, from_utf16(body)),
    ];
    let several = [
        (Cause::FormEncoded, form_fields(text)),
        (Cause::Multipart, parts(body)),
        (Cause::JsonEnvelope, enveloped(body)),
    ];
    let single = single
        .into_iter()
        .filter_map(|(cause, inside)| Some((cause, inside?)));
    let several = several.into_iter().flat_map(|(cause, all)| {
        all.into_iter()
            .take(MOST_INSIDE)
            .map(move |inside| (cause, inside))
    });
    single
        .chain(several)
        .chain(decoded_once(body))
        .filter(|(_, inside)| inside.len() <= longest)
        .collect()
}

fn base64_text(text: &[u8]) -> Option<Vec<u8>> {
    let text = match find(text, b";base64,") {
        Some(at) if text.starts_with(b"data:") => text.get(at.saturating_add(8)..)?,
        _ => text,
    };
    base64(text).map(|decoded| decoded.to_vec())
}

fn hex_text(text: &[u8]) -> Option<Vec<u8>> {
    let digits = text.strip_prefix(b"0x").or(text.strip_prefix(b"\\x"));
    hex(digits.unwrap_or(text)).map(|decoded| decoded.to_vec())
}

/// A JSON text, or what stands between its quotes.
fn json_string(text: &[u8]) -> Option<Vec<u8>> {
    let text = core::str::from_utf8(text).ok()?;
    let inner = match text.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"')?,
        None => text,
    };
    let is_escaped =
        inner.contains("\\\"") && (inner.len() < text.len() || inner.starts_with("{\\\""));
    json_text::unescaped(inner)
        .filter(|_| is_escaped)
        .map(String::into_bytes)
}

/// The plain form of gzip, zlib or bare deflate data.
fn inflated(body: &[u8], longest: usize) -> Option<Vec<u8>> {
    match body {
        [0x1f, 0x8b, 8, ..] => {
            inflate::decompress_to_vec_with_limit(deflate_of_gzip(body)?, longest).ok()
        }
        // The second byte makes the first two a multiple of 31.
        [first, second, ..]
            if first & 0x0f == 8 && u16::from_be_bytes([*first, *second]) % 31 == 0 =>
        {
            inflate::decompress_to_vec_zlib_with_limit(body, longest).ok()
        }
        [_, ..] => inflate::decompress_to_vec_with_limit(body, longest)
            .ok()
            .filter(|inflated| inflated.starts_with(b"{")),
        [] => None,
    }
}

/// What follows a gzip member's header. Its check sum is not looked at: a right MAC says more.
fn deflate_of_gzip(body: &[u8]) -> Option<&[u8]> {
    const HEADER_BYTES: usize = 10;
    let flags = *body.get(3)?;
    let mut rest = body.get(HEADER_BYTES..)?;
    if flags & 4 != 0 {
        let (length, extra) = rest.split_first_chunk()?;
        rest = extra.get(usize::from(u16::from_le_bytes(*length))..)?;
    }
    for text in [8, 16] {
        if flags & text != 0 {
            let end = rest.iter().position(|byte| *byte == 0)?;
            rest = rest.get(end.saturating_add(1)..)?;
        }
    }
    if flags & 2 != 0 {
        rest = rest.get(2..)?;
    }
    Some(rest)
}

fn dechunked(body: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    let mut rest = body;
    loop {
        let end = find(rest.get(..64).unwrap_or(rest), b"\r\n")?;
        let (line, after) = rest.split_at_checked(end)?;
        let digits = line.split(|byte| *byte == b';').next()?;
        let digits = core::str::from_utf8(digits).ok()?.trim();
        let length = usize::from_str_radix(digits, 16).ok()?;
        if length == 0 {
            return (!whole.is_empty()).then_some(whole);
        }
        let (chunk, after) = after.get(2..)?.split_at_checked(length)?;
        whole.extend_from_slice(chunk);
        rest = after.strip_prefix(b"\r\n")?;
    }
}

fn after_head(body: &[u8]) -> Option<Vec<u8>> {
    let is_head = body.starts_with(b"POST ") || {
        let line = body.split(|byte| *byte == b'\n').next()?;
        let name = line.split(|byte| *byte == b':').next()?;
        name.len() < line.len() && !name.is_empty() && crate::text::is_plain(name)
    };
    let head_end = [b"\r\n\r\n".as_slice(), b"\n\n"]
        .into_iter()
        .filter_map(|end| find(body, end)?.checked_add(end.len()))
        .min()?;
    body.get(head_end..).filter(|_| is_head).map(<[u8]>::to_vec)
}

/// What `b'...'` stands for.
fn python_literal(text: &[u8]) -> Option<Vec<u8>> {
    let literal = text.strip_prefix(b"b")?;
    let quote = literal
        .first()
        .filter(|byte| matches!(byte, b'\'' | b'"'))?;
    let mut rest = literal.strip_prefix(&[*quote])?.strip_suffix(&[*quote])?;
    let mut bytes = Vec::with_capacity(rest.len());
    loop {
        let (byte, after) = match rest {
            [] => return Some(bytes),
            [b'\\', b'x', high, low, after @ ..] => (*hex(&[*high, *low])?.first()?, after),
            [b'\\', b'n', after @ ..] => (b'\n', after),
            [b'\\', b'r', after @ ..] => (b'\r', after),
            [b'\\', b't', after @ ..] => (b'\t', after),
            [b'\\', byte, after @ ..] | [byte, after @ ..] => (*byte, after),
        };
        bytes.push(byte);
        rest = after;
    }
}

fn html_unescaped(body: &[u8]) -> Option<Vec<u8>> {
    const ESCAPES: [(&[u8], &[u8]); 8] = [
        (b"&quot;", b"\""),
        (b"&#34;", b"\""),
        (b"&#x27;", b"'"),
        (b"&#39;", b"'"),
        (b"&apos;", b"'"),
        (b"&lt;", b"<"),
        (b"&gt;", b">"),
        // The last one, so that nothing is undone twice.
        (b"&amp;", b"&"),
    ];
    let mut plain = None;
    for (escape, char) in ESCAPES {
        let text = plain.as_deref().unwrap_or(body);
        plain = replaced(text, escape, char).or(plain);
    }
    plain
}

fn form_fields(text: &[u8]) -> Vec<Vec<u8>> {
    let mut fields = Vec::new();
    for pair in text.split(|byte| *byte == b'&').take(MOST_INSIDE) {
        let mut sides = pair.splitn(2, |byte| *byte == b'=');
        match (sides.next(), sides.next()) {
            // A body that was posted as a form is the name of a field without a value.
            (Some(name), Some(b"")) => fields.push(form_text(name)),
            (Some(_), Some(value)) => fields.push(form_text(value)),
            _ => {}
        }
    }
    fields
}

fn parts(body: &[u8]) -> Vec<Vec<u8>> {
    let line_end = body.iter().position(|byte| *byte == b'\n');
    let Some(boundary) = line_end
        .and_then(|end| body.get(..end))
        .map(<[u8]>::trim_ascii_end)
    else {
        return Vec::new();
    };
    if !boundary.starts_with(b"--") || !BOUNDARY_BYTES.contains(&boundary.len()) {
        return Vec::new();
    }
    let mut parts = Vec::new();
    let mut rest = body.get(boundary.len()..).unwrap_or_default();
    while let Some(end) = find(rest, boundary) {
        let (part, after) = rest.split_at_checked(end).unwrap_or_default();
        let content = [b"\r\n\r\n".as_slice(), b"\n\n"]
            .into_iter()
            .filter_map(|end| part.get(find(part, end)?.saturating_add(end.len())..))
            .max_by_key(|content| content.len());
        if let Some(content) = content.filter(|_| parts.len() < MOST_INSIDE) {
            let content = content
                .strip_suffix(b"\r\n")
                .or(content.strip_suffix(b"\n"));
            parts.push(content.unwrap_or_default().to_vec());
        }
        rest = after.get(boundary.len()..).unwrap_or_default();
    }
    parts
}

/// The texts in a JSON object that hold an object, plain or in base64, and the objects it nests.
fn enveloped(body: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    if let Some(node) = Node::read(body) {
        collect(&node, true, &mut found);
    }
    found
}

fn collect(node: &Node<'_>, is_outermost: bool, found: &mut Vec<Vec<u8>>) {
    if found.len() >= MOST_INSIDE {
        return;
    }
    match node {
        Node::Leaf(leaf) => {
            let Some(text) = json::text(leaf) else { return };
            let decoded = base64(text.as_bytes()).filter(|_| text.len() >= 16);
            if text.trim_start().starts_with('{') {
                found.push(text.as_bytes().to_owned());
            } else if let Some(decoded) =
                decoded.filter(|decoded| decoded.trim_ascii_start().starts_with(b"{"))
            {
                found.push(decoded.to_vec());
            }
        }
        Node::Array(items) => items.iter().for_each(|item| collect(item, false, found)),
        Node::Object(text, members) => {
            if !is_outermost {
                found.push(text.as_bytes().to_owned());
            }
            members
                .iter()
                .for_each(|(_, value)| collect(value, false, found));
        }
    }
}

/// The bytes of a text that was decoded as Latin-1 or Windows-1252 and encoded again.
fn decoded_once(body: &[u8]) -> Vec<(Cause, Vec<u8>)> {
    let Some(text) = core::str::from_utf8(body)
        .ok()
        .filter(|text| !text.is_ascii())
    else {
        return Vec::new();
    };
    let decoded = |byte_of: fn(char) -> Option<u8>| text.chars().map(byte_of).collect();
    let latin1: Option<Vec<u8>> = decoded(|char| u8::try_from(u32::from(char)).ok());
    let windows: Option<Vec<u8>> = decoded(windows_1252);
    let caused = |bytes: Vec<u8>| match core::str::from_utf8(&bytes) {
        Ok(_) => (Cause::DecodedTwice, bytes),
        Err(_) => (Cause::Latin1Signed, bytes),
    };
    [latin1, windows]
        .into_iter()
        .flatten()
        .map(caused)
        .collect()
}

/// The byte of a character in Windows-1252; a byte that it leaves free is itself, as browsers have it.
fn windows_1252(char: char) -> Option<u8> {
    const FROM_0X80: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match FROM_0X80.iter().position(|known| *known == char) {
        Some(at) => u8::try_from(at).ok()?.checked_add(0x80),
        None => u8::try_from(u32::from(char))
            .ok()
            .filter(|byte| !(0x80..0xa0).contains(byte)),
    }
}

fn from_latin1(body: &[u8]) -> Option<Vec<u8>> {
    let is_utf8 = core::str::from_utf8(body).is_ok();
    let text: String = body.iter().map(|byte| char::from(*byte)).collect();
    (!is_utf8).then(|| text.into_bytes())
}

fn from_utf16(body: &[u8]) -> Option<Vec<u8>> {
    let (units, ends) = body.as_chunks::<2>();
    let of_unit: fn([u8; 2]) -> u16 = match body {
        [0xfe, 0xff, ..] | [0, ..] => u16::from_be_bytes,
        [0xff, 0xfe, ..] | [_, 0, ..] => u16::from_le_bytes,
        _ => return None,
    };
    let units = units.iter().map(|unit| of_unit(*unit));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    let text = text.ok().filter(|_| ends.is_empty())?;
    Some(
        text.strip_prefix('\u{feff}')
            .unwrap_or(&text)
            .as_bytes()
            .to_vec(),
    )
}
