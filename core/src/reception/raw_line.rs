//! The second line that a request can leave in the log, for debugging: the request as it came.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;
use core::sync::atomic::{AtomicU32, Ordering};

use base64ct::Encoding;
use sha2::{Digest as _, Sha256};

use crate::code::Code;
use crate::record::Line;
use crate::scheme::{EVENT_HEADER, MAC_BYTES, SIGNATURE_HEADER, TIMESTAMP_HEADER};
use crate::text::InlineText;

/// The headers that are shown. A proxy in front adds its own, and some of them are for other eyes than a log's.
pub(super) const SHOWN_HEADERS: [&str; 8] = [
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    EVENT_HEADER,
    "Content-Type",
    "Content-Length",
    "Content-Encoding",
    "Transfer-Encoding",
    "User-Agent",
];

/// The most of one header that is shown, in characters.
const LONGEST_HEADER: usize = 256;

/// The most of a signature: who reads the log must not be able to send it again.
const LONGEST_SIGNATURE: usize = 15;

/// The most of a body that is shown, in bytes: a log cuts longer lines itself, and then they are no JSON.
const LONGEST_BODY: usize = 16 * 1024;

/// The most lines of a receiver in one minute: whoever can reach the path can make them.
const LINES_A_MINUTE: u32 = 30;

/// Of which requests a receiver writes a raw line beside the one that each has: [`Ending::raw_line`](crate::Ending::raw_line).
///
/// ```
/// use overten_webhook::RawLog;
///
/// assert_eq!("failures".parse(), Ok(RawLog::Failures));
/// assert_eq!("1".parse(), Ok(RawLog::Failures)); // as a variable's switch says it
/// assert!("yes".parse::<RawLog>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RawLog {
    /// Of none: bodies may hold personal data.
    #[default]
    Off,
    /// Of those that are not answered with a 2xx.
    Failures,
    /// Of all.
    All,
}

impl RawLog {
    pub(super) const fn wants(self, code: Code) -> bool {
        match self {
            Self::Off => false,
            Self::Failures => code.http_status() >= 300,
            Self::All => true,
        }
    }
}

impl FromStr for RawLog {
    type Err = UnknownRawLog;

    fn from_str(word: &str) -> Result<Self, UnknownRawLog> {
        match word {
            "off" | "0" => Ok(Self::Off),
            "failures" | "1" => Ok(Self::Failures),
            "all" => Ok(Self::All),
            _ => Err(UnknownRawLog),
        }
    }
}

/// The text is no word for a [`RawLog`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownRawLog;

impl fmt::Display for UnknownRawLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the raw log is none of 'off', 'failures' and 'all'")
    }
}

impl core::error::Error for UnknownRawLog {}

/// How many raw lines a minute has had: the minute in the upper bits, the count in the lower ones, so that both change at
/// once, without a lock.
#[derive(Debug, Default)]
pub(super) struct Budget(AtomicU32);

impl Budget {
    const COUNT_BITS: u32 = LINES_A_MINUTE.ilog2() + 1;
    const COUNT: u32 = (1 << Self::COUNT_BITS) - 1;

    /// Takes a line from what is left of the minute, if anything is. A clock that is put back begins a minute of its own:
    /// nobody waits until it is where it was.
    pub(super) fn take(&self, at_ms: u64) -> bool {
        // Two minutes that share these bits lie centuries apart.
        let minute = (at_ms / 60_000) & u64::from(u32::MAX >> Self::COUNT_BITS);
        let minute = u32::try_from(minute).unwrap_or_default() << Self::COUNT_BITS;
        let with_one_more = |last: u32| {
            let is_same = last & !Self::COUNT == minute;
            let lines = if is_same { last & Self::COUNT } else { 0 };
            (lines < LINES_A_MINUTE).then(|| minute | lines.saturating_add(1))
        };
        let order = Ordering::Relaxed;
        self.0.try_update(order, order, with_one_more).is_ok()
    }
}

/// A line that is being written.
pub(super) struct RawLine<'a> {
    line: Line<'a>,
    comma: &'static str,
}

impl<'a> RawLine<'a> {
    pub(super) fn begin(to: &'a mut String, code: Code) -> Result<Self, fmt::Error> {
        let line = Line::begin_raw(to, code)?;
        Ok(Self { line, comma: "" })
    }

    /// Adds a header of [`SHOWN_HEADERS`] with all of its values, unless it has none.
    ///
    /// Generic, as the end is, so that both are compiled with the caller, who may have chosen size before speed.
    pub(super) fn header<'v>(
        &mut self,
        name: &str,
        values: impl Iterator<Item = &'v [u8]>,
    ) -> fmt::Result {
        let values: Vec<&[u8]> = values.collect();
        if values.is_empty() {
            return Ok(());
        }
        let longest = match name {
            SIGNATURE_HEADER => LONGEST_SIGNATURE,
            _ => LONGEST_HEADER,
        };
        let joined = values.join(b", ".as_slice());
        let text = String::from_utf8_lossy(&joined);
        self.line.header(self.comma, name, &text, longest)?;
        self.comma = ",";
        Ok(())
    }

    /// Ends it with the body; `is_whole` says that this was read to its end.
    pub(super) fn end<E: Encoding>(mut self, body: Option<&[u8]>, is_whole: bool) -> fmt::Result {
        self.line.end_headers()?;
        if let Some(body) = body {
            self.body::<E>(body, is_whole)?;
        }
        self.line.end()
    }

    /// Length and SHA-256 of a whole body, since those of a part would pass for them; and as much of it as is shown, as text,
    /// or in base64 where it is none.
    fn body<E: Encoding>(&mut self, body: &[u8], is_whole: bool) -> fmt::Result {
        let line = &mut self.line;
        if is_whole {
            line.number("body_bytes", &body.len())?;
            let mut digest = InlineText::<{ 2 * MAC_BYTES }>::new();
            digest.push_hex(&Sha256::digest(body));
            line.whole_text("body_sha256", digest.as_str())?;
        }
        let shown_bytes = match text_of(body, is_whole) {
            Some(text) => {
                // A character is not cut in two.
                let end = text.floor_char_boundary(LONGEST_BODY);
                line.whole_text("body", text.get(..end).unwrap_or_default())?;
                end
            }
            None => {
                let shown = body.get(..LONGEST_BODY).unwrap_or(body);
                line.whole_text("body_base64", &E::encode_string(shown))?;
                shown.len()
            }
        };
        if shown_bytes < body.len() || !is_whole {
            line.number("cut_at", &shown_bytes)?;
        }
        Ok(())
    }
}

/// The body as text; of one that was not read to its end, less the character that the end of reading has cut in two.
fn text_of(body: &[u8], is_whole: bool) -> Option<&str> {
    match str::from_utf8(body) {
        Ok(text) => Some(text),
        Err(error) if is_whole || error.error_len().is_some() => None,
        Err(error) => str::from_utf8(body.get(..error.valid_up_to())?).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, LINES_A_MINUTE};

    #[test]
    fn a_minute_has_so_many_lines_whatever_the_clock_does() {
        let budget = Budget::default();
        for at_ms in [0, 60_000, 59_999, u64::MAX, 0] {
            let lines = (0..100).filter(|_| budget.take(at_ms)).count();
            assert_eq!(lines, LINES_A_MINUTE as usize, "at {at_ms} ms");
        }
    }
}
