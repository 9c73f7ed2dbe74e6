//! A delivery as people have it at hand: a pasted request, a `curl` command, a HAR file, a log line.

mod curl;
mod error;
mod har;
mod http;
mod json;
mod lack;
mod layout;
mod record;
mod saved;
mod shell;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

pub use error::{CaptureError, CaptureFault};
pub use lack::Lack;

use super::shortened::is_shortened;
use crate::scheme::SIGNATURE_HEADER;
use crate::time::UnixSeconds;

/// The most headers of one capture: no server takes so many.
const MOST_HEADERS: usize = 1000;

/// A name and a value.
type Header = (Vec<u8>, Vec<u8>);

/// A captured delivery, read from whichever form it was given in.
///
/// It may hold a whole signature, so it is for the receiver's own desk, as is the diagnosis that it is made for.
///
/// ```
/// use overten_webhook::UnixSeconds;
/// use overten_webhook::diagnose::{Capture, Captured, Form, Outcome};
///
/// let request = b"POST /webhooks/overten HTTP/1.1\r\n\
///     X-Overten-Signature: sha256=f28888a08ad78128cfaa478ed699bbc4a9155929c0e8b1b0e14b671d1efe46c9\r\n\
///     X-Overten-Timestamp: 1760000000\r\n\
///     \r\n\
///     {\"event\":\"run.completed\",\"run_id\":\"run_01\",\"data\":{\"ok\":true}}";
/// let captured = Captured::read(request)?;
/// assert_eq!(captured[0].form(), Form::HttpRequest);
///
/// let capture = Capture::new(captured[0].headers(), captured[0].body(), UnixSeconds::new(1_760_000_004));
/// let report = capture.diagnose(["whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]);
/// assert_eq!(report.outcome(), Outcome::Verifies);
/// # Ok::<(), overten_webhook::diagnose::CaptureError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Captured {
    form: Form,
    method: Option<Vec<u8>>,
    target: Option<Vec<u8>>,
    headers: Vec<Header>,
    body: Vec<u8>,
    body_file: Option<BodyFile>,
    received_at: Option<UnixSeconds>,
    lacks: Vec<Lack>,
    left_out_bytes: usize,
}

/// The file that holds the body, as a `curl` command names it.
#[derive(Clone, PartialEq, Eq)]
struct BodyFile {
    name: Vec<u8>,
    /// Whether `curl` drops what parts lines before it sends the file.
    loses_line_ends: bool,
}

/// The form that a capture was given in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// An HTTP request as it stands on the wire, with or without its first line.
    HttpRequest,
    /// A `curl` command.
    Curl,
    /// A HAR file, or one entry or request of such.
    Har,
    /// What [`Captured::to_json`] writes.
    Saved,
    /// A line that a receiver logged under `LOG_RAW`.
    RawLog,
    /// A message of the receiver's queue.
    QueueMessage,
    /// A request that another program recorded as JSON: a Lambda event, an object of headers and a body.
    JsonRequest,
}

impl Form {
    /// Every form.
    pub const ALL: [Self; 7] = [
        Self::HttpRequest,
        Self::Curl,
        Self::Har,
        Self::Saved,
        Self::RawLog,
        Self::QueueMessage,
        Self::JsonRequest,
    ];

    /// The stable word for it, such as `http_request`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HttpRequest => "http_request",
            Self::Curl => "curl",
            Self::Har => "har",
            Self::Saved => "saved",
            Self::RawLog => "raw_log",
            Self::QueueMessage => "queue_message",
            Self::JsonRequest => "json_request",
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Captured {
    /// Reads every delivery that the text holds, one at least, and finds out by itself which form it has.
    ///
    /// - An HTTP request, lines ended by CRLF or LF: a first line (`POST /path HTTP/1.1`, or the `:method:` lines of
    ///   HTTP/2, or none), headers, a blank line, and the body to the byte. `Content-Length` ends the body where only
    ///   white space or another request follows, which may be read too; else all that follows is the body, since the
    ///   length may be what is wrong. A chunked body is put together.
    /// - A `curl` command in the quoting of a POSIX shell, `$'…'` included, perhaps behind comments, a prompt or `time`.
    /// - A HAR file (each POST with an `X-Overten-…` header), or one entry of it.
    /// - JSON objects, one or one a line: what [`to_json`](Self::to_json) writes, lines logged under `LOG_RAW`, messages of
    ///   the queue. What stands around them is skipped, as are other lines, and they may stand in a text of another object,
    ///   as Docker, `CloudWatch`, pino and `wrangler tail` have each line.
    /// - A request that another program recorded as JSON, its body as text: an event of API Gateway, ALB or a function URL
    ///   for Lambda, what webhook.site, ngrok's agent and Postman export, or any object with `headers` and `body`.
    ///
    /// All of it may be indented, or stand in a fence of Markdown.
    ///
    /// What it takes of memory is in proportion to the input, and a capture has 1,000 headers at most.
    ///
    /// # Errors
    ///
    /// [`CaptureError`], which says what is wrong, where, and what to give instead. It holds nothing of the input.
    pub fn read(input: &[u8]) -> Result<Vec<Self>, CaptureError> {
        if matches!(input, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
            return Err(CaptureFault::Utf16.into());
        }
        let text = input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(input);
        match layout::undone(text) {
            // Where it stood before is another place.
            Some(text) => Self::read_plain(&text, &text).map_err(|error| error.fault().into()),
            None => Self::read_plain(input, text),
        }
    }

    /// The same of a text that nothing was done to; `text` is the input less its byte order mark.
    fn read_plain(input: &[u8], text: &[u8]) -> Result<Vec<Self>, CaptureError> {
        let start = text.trim_ascii_start();
        let skipped = input.len().saturating_sub(start.len());
        let mut all = match start {
            [] => Err(CaptureFault::Empty.into()),
            [b'{', ..] => json::read(start).map_err(|error| error.further_by(skipped)),
            [b'[', ..] if json::is_a_list(start) => json::anywhere(start),
            _ if curl::begins(start) => curl::read(start),
            _ if json::holds_a_line(start) && !http::begins(start) => json::lines(start),
            [b'[' | b'"', ..] => Err(CaptureFault::UnknownJson.into()),
            _ => {
                let before = input.get(..skipped).unwrap_or_default();
                let lines_before = before.iter().filter(|byte| **byte == b'\n').count();
                http::read(start, lines_before)
            }
        }?;
        all.iter_mut().for_each(Self::note_shortened);
        Ok(all)
    }

    /// A request as it was received, to be kept: in the form that [`to_json`](Self::to_json) writes. Of more than 1,000
    /// headers the first 1,000 are kept.
    #[must_use]
    pub fn received<N, V>(
        received_at: UnixSeconds,
        method: &[u8],
        target: &[u8],
        headers: impl IntoIterator<Item = (N, V)>,
        body: Vec<u8>,
    ) -> Self
    where
        N: Into<Vec<u8>>,
        V: Into<Vec<u8>>,
    {
        let headers = headers.into_iter();
        Self {
            method: Some(method.to_vec()),
            target: Some(target.to_vec()),
            headers: headers
                .map(|(name, value)| (name.into(), value.into()))
                .take(MOST_HEADERS)
                .collect(),
            received_at: Some(received_at),
            body,
            ..Self::empty(Form::Saved)
        }
    }

    const fn empty(form: Form) -> Self {
        Self {
            form,
            method: None,
            target: None,
            headers: Vec::new(),
            body: Vec::new(),
            body_file: None,
            received_at: None,
            lacks: Vec::new(),
            left_out_bytes: 0,
        }
    }

    /// The form it was given in.
    #[must_use]
    pub const fn form(&self) -> Form {
        self.form
    }

    /// The method, where the capture holds it.
    #[must_use]
    pub fn method(&self) -> Option<&[u8]> {
        self.method.as_deref()
    }

    /// The path with its query, or the whole URL, as the capture has it.
    #[must_use]
    pub fn target(&self) -> Option<&[u8]> {
        self.target.as_deref()
    }

    /// Each header, repeated ones too, in the order received: its name, and its value less the spaces and tabs around it.
    pub fn headers(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.headers
            .iter()
            .map(|(name, value)| (name.as_slice(), value.as_slice()))
    }

    /// The body to the byte, as far as the capture holds it.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// When the delivery was received, where the capture says so.
    #[must_use]
    pub const fn received_at(&self) -> Option<UnixSeconds> {
        self.received_at
    }

    /// Says so where the signature is a shortened one.
    fn note_shortened(&mut self) {
        let is_shortened = self.headers().any(|(name, value)| {
            name.eq_ignore_ascii_case(SIGNATURE_HEADER.as_bytes()) && is_shortened(value)
        });
        if is_shortened && !self.lacks.contains(&Lack::SignatureShortened) {
            self.lacks.insert(0, Lack::SignatureShortened);
        }
    }

    /// What the capture does not hold, as far as it shows by itself: where a MAC comes out right all the same, nothing is
    /// missing, and the report on it says so.
    #[must_use]
    pub fn lacks(&self) -> &[Lack] {
        &self.lacks
    }

    /// Whether the body, or a part of it, is known to be missing.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.lacks.iter().any(|lack| lack.is_of_the_body())
    }

    /// How many bytes of white space stood behind a body that `Content-Length` ends; they are no part of it.
    #[must_use]
    pub const fn left_out_bytes(&self) -> usize {
        self.left_out_bytes
    }

    /// The name of the file that holds the body, `-` for standard input: read it, then pass it to
    /// [`with_file`](Self::with_file). Only a `curl` command names one (`--data-binary @NAME`), or what was saved of it.
    #[must_use]
    pub fn body_file(&self) -> Option<&[u8]> {
        self.body_file.as_ref().map(|file| file.name.as_slice())
    }

    /// The same, with what the file of [`body_file`](Self::body_file) holds: the body is what `curl` makes of it, which is
    /// all of it after `--data-binary @NAME`, and less its CR, LF and NUL after `-d @NAME`. Unchanged where none is named.
    #[must_use]
    pub fn with_file(mut self, mut content: Vec<u8>) -> Self {
        let Some(file) = self.body_file.take() else {
            return self;
        };
        if file.loses_line_ends {
            content.retain(|byte| !matches!(byte, b'\r' | b'\n' | 0));
        }
        self.lacks.retain(|lack| *lack != Lack::BodyInFile);
        self.body = content;
        self
    }

    /// The capture as one JSON object on one line, without a final newline: the form `saved`.
    ///
    /// [`read`](Self::read) takes it back with the same method, target, headers, body, its file, and time, and what it lacks.
    #[must_use]
    pub fn to_json(&self) -> String {
        saved::write(self)
    }
}

impl fmt::Debug for Captured {
    /// Without headers and body: whoever reads a log could send them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Captured")
            .field("form", &self.form)
            .field("received_at", &self.received_at)
            .field("lacks", &self.lacks)
            .finish_non_exhaustive()
    }
}
