//! What `LOG_RAW` adds: a second line with the request as it came, for debugging.

use std::cell::Cell;

use base64ct::{Base64, Encoding as _};
use overten_webhook::{Code, Ending, scheme};
use sha2::{Digest as _, Sha256};
use web_sys::Request;

use crate::js;
use crate::json::Object;

/// The headers that are shown. A proxy in front of the Worker adds its own, and some of them are for other eyes than a log's.
const SHOWN: [&str; 8] = [
    scheme::SIGNATURE_HEADER,
    scheme::TIMESTAMP_HEADER,
    scheme::EVENT_HEADER,
    "Content-Type",
    "Content-Length",
    "Content-Encoding",
    "Transfer-Encoding",
    "User-Agent",
];

/// The most of a body that is shown, in bytes: a log cuts longer lines itself, and then they are no JSON.
const SHOWN_BODY_BYTES: usize = 16 * 1024;

/// The most lines of an isolate in one minute: whoever can reach the path can make them.
const LINES_A_MINUTE: u32 = 30;

thread_local! {
    /// The minute of the last line, and how many it has had.
    static WRITTEN: Cell<(i64, u32)> = const { Cell::new((0, 0)) };
}

/// The most of one header that is shown, in characters.
const SHOWN_HEADER: usize = 256;

/// Which requests leave a raw line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RawLog {
    Off,
    /// Those that were not answered with a 2xx.
    Failures,
    All,
}

impl RawLog {
    /// The line to write, if any. `body` is what was read of it.
    pub(crate) fn line(
        self,
        ending: &Ending,
        request: &Request,
        body: Option<&[u8]>,
    ) -> Option<String> {
        let code = ending.code();
        let is_wanted = match self {
            Self::Off => false,
            Self::Failures => code.http_status() >= 300,
            Self::All => true,
        };
        let shown = |name: &'static str| {
            let value = request.headers().get(name).ok().flatten()?;
            Some((name, shown_header(name, &value)))
        };
        (is_wanted && has_room(js::now_ms() / 60_000)).then(|| {
            let mut headers = Object::with_capacity(512);
            for (name, value) in SHOWN.into_iter().filter_map(shown) {
                headers.text(name, &value);
            }
            let mut line = Object::with_capacity(1024);
            line.text("raw", code.as_str());
            line.json("headers", headers.end());
            if let Some(body) = body {
                show_body(&mut line, body, code != Code::BodyTooLarge);
            }
            line.end()
        })
    }
}

fn has_room(minute: i64) -> bool {
    let lines = match WRITTEN.get() {
        (last, lines) if last == minute => lines,
        _ => 0,
    };
    let has_room = lines < LINES_A_MINUTE;
    WRITTEN.set((minute, lines + u32::from(has_room)));
    has_room
}

/// Length and SHA-256 of the whole body, unless it was too large, and not read to its end; and as much of it as is shown, as
/// text, or in base64 where it is not UTF-8.
fn show_body(line: &mut Object, body: &[u8], is_whole: bool) {
    let shown = body.get(..SHOWN_BODY_BYTES).unwrap_or(body);
    if is_whole {
        line.json("body_bytes", body.len());
        line.text("body_sha256", &in_hex(&Sha256::digest(body)));
    }
    let shown_bytes = match str::from_utf8(body) {
        // A character that was cut in two is no reason to show all as base64.
        Ok(text) => {
            let text = &text[..text.floor_char_boundary(shown.len())];
            line.text("body", text);
            text.len()
        }
        Err(_) => {
            line.text("body_base64", &Base64::encode_string(shown));
            shown.len()
        }
    };
    if shown_bytes < body.len() || !is_whole {
        line.json("cut_at", shown_bytes);
    }
}

fn in_hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

/// The signature shortened: who reads the log must not be able to send it again.
fn shown_header(name: &str, value: &str) -> String {
    let is_signature = name == scheme::SIGNATURE_HEADER;
    let most = if is_signature { 15 } else { SHOWN_HEADER };
    match value.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}
