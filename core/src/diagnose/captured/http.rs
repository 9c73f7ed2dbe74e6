//! An HTTP request as text.

use alloc::vec::Vec;

use super::{CaptureError, CaptureFault, Captured, Form, Lack, MOST_HEADERS};
use crate::headers::{ReceivedHeaders, trim_spaces_and_tabs};

/// What the headers that Overten sends begin with.
pub(super) const PREFIX: &[u8] = b"X-Overten-";

/// The longest line that begins a chunk.
const LONGEST_CHUNK_LINE: usize = 1024;

/// Reads the request that the text begins with, and those that follow it; so many lines stood before.
pub(super) fn read(text: &[u8], lines_before: usize) -> Result<Vec<Captured>, CaptureError> {
    let mut lines = Lines {
        rest: text,
        number: lines_before,
    };
    check_start(lines.peek(), lines_before.saturating_add(1))?;
    let mut all = Vec::new();
    loop {
        all.push(request(&mut lines)?);
        if !begins_with_request_line(lines.rest) {
            return Ok(all);
        }
    }
}

/// Whether a request begins here, rather than a log whose lines look like headers.
pub(super) fn begins(text: &[u8]) -> bool {
    let mut lines = Lines {
        rest: text,
        number: 0,
    };
    let first = lines.peek();
    let is_ours = |line: &[u8]| {
        line.split_at_checked(PREFIX.len())
            .is_some_and(|(start, _)| start.eq_ignore_ascii_case(PREFIX))
    };
    let is_target = |target: &[u8]| target.first() != Some(&b'{');
    request_line(first).is_some_and(|(_, target)| is_target(target))
        || first.starts_with(b":method:")
        || core::iter::from_fn(|| lines.next())
            .take_while(|line| header(line).is_some())
            .any(is_ours)
}

/// Refuses what is something else than a request, by its first line.
fn check_start(first: &[u8], line: usize) -> Result<(), CaptureError> {
    let fault = match first {
        [b'H', b'T', b'T', b'P', b'/', ..] => CaptureFault::Reply,
        [b'>' | b'<' | b'*', b' ', ..] => CaptureFault::CurlTrace,
        _ if request_line(first).is_some() || header(first).is_some() => return Ok(()),
        _ => return Err(CaptureFault::Unknown.into()),
    };
    Err(CaptureError::in_line(fault, line))
}

fn request(lines: &mut Lines<'_>) -> Result<Captured, CaptureError> {
    let mut captured = Captured::empty(Form::HttpRequest);
    if let Some((method, target)) = request_line(lines.peek()) {
        captured.method = Some(method.to_vec());
        captured.target = Some(target.to_vec());
        lines.next();
    }
    if take_headers(lines, &mut captured)? {
        take_body(lines, &mut captured);
    } else {
        captured.lacks.push(Lack::BodyAbsent);
    }
    Ok(captured)
}

/// Takes the headers and the blank line; `false` where there is none.
fn take_headers(lines: &mut Lines<'_>, captured: &mut Captured) -> Result<bool, CaptureError> {
    while let Some(line) = lines.next() {
        let fault = |fault| CaptureError::in_line(fault, lines.number);
        if line.is_empty() {
            return Ok(true);
        }
        if let [b' ' | b'\t', ..] = line {
            // A line that is folded, as old senders do.
            let (_, value) = captured
                .headers
                .last_mut()
                .ok_or_else(|| fault(CaptureFault::HeaderLine))?;
            let more = trim_spaces_and_tabs(line);
            if !more.is_empty() {
                value.push(b' ');
                value.extend_from_slice(more);
            }
            continue;
        }
        let (name, value) = header(line).ok_or_else(|| fault(CaptureFault::HeaderLine))?;
        match name {
            b":method" => captured.method = Some(value.to_vec()),
            b":path" => captured.target = Some(value.to_vec()),
            [b':', ..] => {}
            _ => captured.headers.push((name.to_vec(), value.to_vec())),
        }
        if captured.headers.len() > MOST_HEADERS {
            return Err(fault(CaptureFault::TooManyHeaders));
        }
    }
    Ok(false)
}

fn take_body(lines: &mut Lines<'_>, captured: &mut Captured) {
    let rest = lines.rest;
    let (by_length, after) = by_length(rest, content_length(captured));
    // Chunks end where a length does that parts the requests, so that no byte is looked at for more than one of them.
    let chunks = is_chunked(captured).then(|| dechunked(by_length)).flatten();
    let (body, after) = match chunks {
        Some(chunks) => {
            if !chunks.is_whole {
                captured.lacks.push(Lack::BodyCut);
            }
            let parted = by_length.len().saturating_sub(chunks.rest.len());
            (chunks.body, rest.get(parted..).unwrap_or_default())
        }
        None => {
            captured.note_length(by_length.len());
            (by_length.to_vec(), after)
        }
    };
    captured.body = body;
    lines.advance(rest.len().saturating_sub(after.len()));
    let next = after.trim_ascii_start();
    let behind = match begins_with_request_line(next) {
        true => after.len().saturating_sub(next.len()),
        false => after.len(),
    };
    captured.left_out_bytes = behind;
    lines.advance(behind);
}

/// The body and what stands behind it. Where that is neither white space nor a request, the length may be what is wrong.
fn by_length(rest: &[u8], length: Option<u64>) -> (&[u8], &[u8]) {
    let length = length.and_then(|length| usize::try_from(length).ok());
    let parted = length.and_then(|length| rest.split_at_checked(length));
    parted
        .filter(|(_, after)| {
            let after = after.trim_ascii_start();
            after.is_empty() || begins_with_request_line(after)
        })
        .unwrap_or((rest, &[]))
}

fn content_length(captured: &Captured) -> Option<u64> {
    ReceivedHeaders::from_pairs(captured.headers())
        .content_length()
        .ok()
        .flatten()
}

impl Captured {
    /// Says so where a body of this length is shorter than `Content-Length`.
    pub(super) fn note_length(&mut self, body_bytes: usize) {
        let is_short = content_length(self).is_some_and(|length| length > body_bytes as u64);
        if is_short {
            self.lacks.push(match body_bytes {
                0 => Lack::BodyAbsent,
                _ => Lack::BodyCut,
            });
        }
    }
}

fn is_chunked(captured: &Captured) -> bool {
    captured.headers().any(|(name, value)| {
        name.eq_ignore_ascii_case(b"Transfer-Encoding")
            && value.to_ascii_lowercase().ends_with(b"chunked")
    })
}

struct Chunks<'a> {
    body: Vec<u8>,
    rest: &'a [u8],
    is_whole: bool,
}

/// The chunks put together; `None` where the text is not chunked after all, as where a tool undid it.
fn dechunked(text: &[u8]) -> Option<Chunks<'_>> {
    let mut body = Vec::new();
    let mut rest = text;
    loop {
        let cut = |body| Chunks {
            body,
            rest: &[],
            is_whole: false,
        };
        let line = rest.get(..LONGEST_CHUNK_LINE).unwrap_or(rest);
        let Some(end) = line.iter().position(|byte| *byte == b'\n') else {
            return (!body.is_empty() && rest.len() < 20).then(|| cut(body));
        };
        let (line, after) = rest.split_at_checked(end)?;
        let length = chunk_length(line)?;
        let after = after.get(1..)?;
        if length == 0 {
            return Some(Chunks {
                body,
                rest: after_trailers(after)?,
                is_whole: true,
            });
        }
        let Some((chunk, after)) = after.split_at_checked(length) else {
            body.extend_from_slice(after);
            return Some(cut(body));
        };
        body.extend_from_slice(chunk);
        rest = match after {
            [b'\r', b'\n', rest @ ..] | [b'\n', rest @ ..] => rest,
            [] | [b'\r'] => return Some(cut(body)),
            _ => return None,
        };
    }
}

fn chunk_length(line: &[u8]) -> Option<usize> {
    let digits = line.split(|byte| *byte == b';').next()?.trim_ascii();
    let is_hex = digits.iter().all(u8::is_ascii_hexdigit);
    let digits = core::str::from_utf8(digits).ok().filter(|_| is_hex)?;
    usize::from_str_radix(digits, 16).ok()
}

/// What stands behind the trailers: white space, or another request; `None` where it is something else.
fn after_trailers(text: &[u8]) -> Option<&[u8]> {
    let mut lines = Lines {
        rest: text,
        number: 0,
    };
    loop {
        let behind = lines.rest;
        let next = behind.trim_ascii_start();
        if next.is_empty() || begins_with_request_line(next) {
            // The blank line that ends the chunks is no white space behind them.
            return Some(
                behind
                    .strip_prefix(b"\r\n")
                    .or(behind.strip_prefix(b"\n"))
                    .unwrap_or(behind),
            );
        }
        header(lines.next()?)?;
    }
}

/// The method and the target of a request's first line; its version may be missing.
fn request_line(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut parts = line
        .split(|byte| *byte == b' ')
        .filter(|part| !part.is_empty());
    let (method, target) = (parts.next()?, parts.next()?);
    let is_method = method.len() <= 20 && method.iter().all(u8::is_ascii_uppercase);
    let is_version = parts
        .next()
        .is_none_or(|version| version.starts_with(b"HTTP/"));
    (is_method && is_version && parts.next().is_none()).then_some((method, target))
}

fn begins_with_request_line(text: &[u8]) -> bool {
    let mut lines = Lines {
        rest: text,
        number: 0,
    };
    let line = lines.next().unwrap_or_default();
    request_line(line).is_some() && super::json::holds(line, b" HTTP/")
}

/// A header's name and value; the name of a pseudo-header begins with its colon.
fn header(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let from = usize::from(line.first() == Some(&b':'));
    let colon = line.iter().skip(from).position(|byte| *byte == b':')?;
    let (name, value) = line.split_at_checked(colon.checked_add(from)?)?;
    let token = name.get(from..).filter(|token| !token.is_empty())?;
    let is_name = token
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte));
    is_name.then_some((name, trim_spaces_and_tabs(value.get(1..)?)))
}

/// Lines, each less the CRLF or LF that ends it.
struct Lines<'a> {
    rest: &'a [u8],
    /// Of the line given last, from 1.
    number: usize,
}

impl<'a> Lines<'a> {
    fn split(&self) -> (&'a [u8], &'a [u8]) {
        let end = self.rest.iter().position(|byte| *byte == b'\n');
        let (line, rest) = end
            .and_then(|end| self.rest.split_at_checked(end))
            .unwrap_or((self.rest, &[]));
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        (line, rest.get(1..).unwrap_or_default())
    }

    fn peek(&self) -> &'a [u8] {
        self.split().0
    }

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let (line, rest) = self.split();
        self.rest = rest;
        self.number = self.number.saturating_add(1);
        Some(line)
    }

    fn advance(&mut self, bytes: usize) {
        let (passed, rest) = self
            .rest
            .split_at_checked(bytes)
            .unwrap_or((self.rest, &[]));
        let lines = passed.iter().filter(|byte| **byte == b'\n').count();
        self.number = self.number.saturating_add(lines);
        self.rest = rest;
    }
}
