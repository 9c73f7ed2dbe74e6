//! The one line that a request leaves in the log: made here, so that it reads the same in every stack.

use core::fmt;

use crate::code::Code;
use crate::event::Event;
use crate::reception::Detail;
use crate::secret::{Label, Secrets};

/// Longer texts are cut, in characters.
const LONGEST_TEXT: usize = 256;

/// A longer detail is cut, in bytes of UTF-8, the mark that shows it included.
const LONGEST_DETAIL: usize = 2048;

/// What a log shows of a text that was cut.
const CUT: &str = "…";

/// What an event is known by in the log, each as sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named<'a> {
    /// The event's name.
    pub event: &'a str,
    /// The run.
    pub run_id: &'a str,
    /// The task, where there is one.
    pub task_id: Option<&'a str>,
}

impl<'a, B: AsRef<[u8]>> From<&'a Event<B>> for Named<'a> {
    fn from(event: &'a Event<B>) -> Self {
        Self {
            event: event.name(),
            run_id: event.run_id(),
            task_id: event.task_id(),
        }
    }
}

/// Who must look at a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Nobody.
    Info,
    /// Somebody, at leisure: a stranger can cause it, it was answered well, or it will be sent again.
    Warn,
    /// Somebody, now: an event is lost, kept aside or held up until it is mended.
    Error,
}

impl Level {
    /// `info`, `warn` or `error`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    /// What the code alone asks for.
    pub(crate) const fn of(code: Code) -> Self {
        match code {
            Code::BodyTooLarge | Code::Quarantined | Code::Unavailable => Self::Error,
            code if code.says_unchecked() => Self::Error,
            Code::SignatureMismatch | Code::TimestampTooOld | Code::TimestampInFuture => Self::Warn,
            _ => Self::Info,
        }
    }
}

/// One log line: `Display` writes it as one JSON object, without a newline. Made by
/// [`Ending::record`](crate::Ending::record).
///
/// Its fields come in this order, absent ones left out: `code`, `level`, `event`, `run_id`, `task_id`, `secret` (a label),
/// `age_seconds`, `body_bytes`, `elapsed_ms`, `detail`. Texts over 256 characters are cut, `detail` at 2,048 bytes, both
/// before they are escaped: whatever could end a line or hide in one is, so that nothing that was sent, and no error's
/// text, can forge one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<'a> {
    pub(crate) code: Code,
    pub(crate) level: Level,
    pub(crate) named: Option<Named<'a>>,
    pub(crate) secret: Option<Label>,
    pub(crate) age_seconds: Option<i64>,
    pub(crate) body_bytes: Option<u64>,
    pub(crate) elapsed_ms: u64,
    pub(crate) detail: Detail,
}

impl Record<'_> {
    /// What came of the request.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// Who must look at it.
    #[must_use]
    pub const fn level(&self) -> Level {
        self.level
    }
}

impl fmt::Display for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = Line::begin(f, self.code, self.level)?;
        if let Some(named) = self.named {
            line.text("event", named.event)?;
            line.text("run_id", named.run_id)?;
            if let Some(task_id) = named.task_id {
                line.text("task_id", task_id)?;
            }
        }
        if let Some(secret) = self.secret {
            line.text("secret", secret.as_str())?;
        }
        if let Some(age_seconds) = self.age_seconds {
            line.number("age_seconds", &age_seconds)?;
        }
        if let Some(body_bytes) = self.body_bytes {
            line.number("body_bytes", &body_bytes)?;
        }
        line.number("elapsed_ms", &self.elapsed_ms)?;
        line.detail(self.detail.as_str())?;
        line.end()
    }
}

/// A JSON object on one line, being written.
pub(crate) struct Line<'a> {
    to: &'a mut dyn fmt::Write,
}

impl<'a> Line<'a> {
    pub(crate) fn begin(
        to: &'a mut dyn fmt::Write,
        code: Code,
        level: Level,
    ) -> Result<Self, fmt::Error> {
        let level = level.as_str();
        write!(to, r#"{{"code":"{code}","level":"{level}""#)?;
        Ok(Self { to })
    }

    /// The line beside it that shows the request as it came; the object of its headers comes first.
    pub(crate) fn begin_raw(to: &'a mut dyn fmt::Write, code: Code) -> Result<Self, fmt::Error> {
        let mut line = Self { to };
        line.quoted("{", "raw", code.as_str(), "")?;
        line.to.write_str(r#","headers":{"#)?;
        Ok(line)
    }

    /// Adds a text, cut if it is long.
    pub(crate) fn text(&mut self, name: &str, text: &str) -> fmt::Result {
        let (text, mark) = cut_chars(text, LONGEST_TEXT);
        self.escaped(name, text, mark)
    }

    /// Adds a header behind others.
    pub(crate) fn header(
        &mut self,
        comma: &str,
        name: &str,
        text: &str,
        longest: usize,
    ) -> fmt::Result {
        let (text, mark) = cut_chars(text, longest);
        self.quoted(comma, name, text, mark)
    }

    /// Ends the headers.
    pub(crate) fn end_headers(&mut self) -> fmt::Result {
        self.to.write_char('}')
    }

    /// Adds a text however long it is.
    pub(crate) fn whole_text(&mut self, name: &str, text: &str) -> fmt::Result {
        self.escaped(name, text, "")
    }

    /// Adds what went wrong, if anything did.
    pub(crate) fn detail(&mut self, detail: &str) -> fmt::Result {
        if detail.is_empty() {
            return Ok(());
        }
        let (detail, mark) = cut(detail, LONGEST_DETAIL);
        self.escaped("detail", detail, mark)
    }

    pub(crate) fn number(&mut self, name: &str, number: &dyn fmt::Display) -> fmt::Result {
        write!(self.to, r#","{name}":{number}"#)
    }

    /// Adds a side of the tolerance.
    pub(crate) fn seconds_or_off(&mut self, name: &str, seconds: Option<u64>) -> fmt::Result {
        match seconds {
            Some(seconds) => self.number(name, &seconds),
            None => self.text(name, "off"),
        }
    }

    /// Adds what may be shown of each secret.
    pub(crate) fn secrets(&mut self, secrets: &Secrets) -> fmt::Result {
        self.to.write_str(r#","secrets":["#)?;
        for (index, secret) in secrets.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            let (label, fingerprint) = (secret.label(), secret.fingerprint());
            write!(
                self.to,
                r#"{comma}{{"label":"{label}","fingerprint":"{fingerprint}"}}"#
            )?;
        }
        self.to.write_char(']')
    }

    pub(crate) fn end(self) -> fmt::Result {
        self.to.write_char('}')
    }

    fn escaped(&mut self, name: &str, text: &str, mark: &str) -> fmt::Result {
        self.quoted(",", name, text, mark)
    }

    fn quoted(&mut self, comma: &str, name: &str, text: &str, mark: &str) -> fmt::Result {
        write!(self.to, r#"{comma}"{name}":""#)?;
        write_escaped(self.to, text)?;
        self.to.write_str(mark)?;
        self.to.write_char('"')
    }
}

/// The text, or as much of it as fits with a mark into so many bytes; and that mark.
pub(crate) fn cut(text: &str, longest: usize) -> (&str, &'static str) {
    if text.len() <= longest {
        return (text, "");
    }
    let end = text.floor_char_boundary(longest.saturating_sub(CUT.len()));
    (text.get(..end).unwrap_or_default(), CUT)
}

/// The text, or so many characters of it; and the mark of what was cut.
fn cut_chars(text: &str, longest: usize) -> (&str, &'static str) {
    match text.char_indices().nth(longest) {
        Some((end, _)) => (text.get(..end).unwrap_or_default(), CUT),
        None => (text, ""),
    }
}

/// Writes what stands between the quotes of a JSON text.
pub(crate) fn write_escaped(to: &mut dyn fmt::Write, text: &str) -> fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.find(|char| matches!(char, '"' | '\\') || is_hidden(char)) {
        let Some((plain, escaped)) = rest.split_at_checked(at) else {
            break;
        };
        to.write_str(plain)?;
        let mut chars = escaped.chars();
        match chars.next() {
            Some(char) if is_hidden(char) => {
                for unit in char.encode_utf16(&mut [0; 2]) {
                    write!(to, "\\u{unit:04x}")?;
                }
            }
            Some(char) => write!(to, "\\{char}")?,
            None => {}
        }
        rest = chars.as_str();
    }
    to.write_str(rest)
}

/// What ends a line somewhere, moves a terminal's cursor, turns the direction of what follows, or cannot be seen: controls,
/// and Unicode's format characters and separators of lines.
const fn is_hidden(char: char) -> bool {
    matches!(
        char,
        '\0'..='\x1f'
            | '\x7f'..='\u{9f}'
            | '\u{ad}'
            | '\u{600}'..='\u{605}'
            | '\u{61c}'
            | '\u{6dd}'
            | '\u{70f}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}
