//! Why a text is no capture that can be read.

use core::fmt;

use super::super::finding::findings;
use crate::json_scanner::Fault;

findings! {
    /// What is wrong with a text that was given as a capture.
    CaptureFault
    Empty "empty"
        "The capture is empty."
        "Give a raw HTTP request, a `curl` command, a HAR file, a Lambda event, or what `listen` saved.";
    Utf16 "utf16"
        "The text is UTF-16, as PowerShell's `>` writes it, and the body's bytes are lost in it."
        "Save the capture as UTF-8 or as raw bytes.";
    Unknown "unknown"
        "This is no capture in any form that is known."
        "Give a raw HTTP request (headers, a blank line, the body), a `curl` command, a HAR file, or what `listen` saved.";
    Reply "reply"
        "This is an HTTP reply, and what can be verified is a request."
        "Give the request that Overten sent.";
    CurlTrace "curl_trace"
        "This is what `curl -v` prints, which does not hold the body."
        "Give the `curl` command itself, or the raw request.";
    HeaderLine "header_line"
        "A line before the first blank one is no header of the form `Name: value`."
        "Give the headers as they were received, then one blank line, then the body.";
    TooManyHeaders "too_many_headers"
        "The capture has more than 1,000 headers."
        "Put one blank line between the headers and the body.";
    NotUtf8 "not_utf8"
        "The text begins as JSON and is not UTF-8."
        "Give the file as it was saved: a JSON capture holds a body that is no text in base64.";
    NotJson "not_json"
        "The text begins as JSON and is none."
        "Give the whole object or line, as it was written.";
    TooDeep "too_deep"
        "The JSON nests deeper than 128."
        "Give one entry of it alone.";
    UnknownJson "unknown_json"
        "This is JSON in no form that is known."
        "Give a HAR file or entry, an object with `headers` and `body`, what `listen` saved, a line logged under LOG_RAW, or a \
         queue message.";
    UnknownVersion "unknown_version"
        "The capture was saved in a version of the form that this program does not know."
        "Read it with the version that saved it, or a newer one.";
    BodyAlone "body_alone"
        "This is the body alone, and its headers are missing."
        "Put the headers and a blank line before it, or give `curl -H 'X-Overten-Signature: …' -H 'X-Overten-Timestamp: …' \
         --data-binary @FILE`.";
    LogLine "log_line"
        "This is a line of a receiver's own log, which holds neither headers nor body."
        "Switch LOG_RAW on, so that the next delivery that fails is logged with both, or capture the request itself, as `listen` \
         does.";
    NoBody "no_body"
        "This is a request as another program recorded it, with its headers and without its body."
        "Give what records the body too: the raw request, as `listen` saves it, or a line logged under LOG_RAW.";
    BodyParsed "body_parsed"
        "The body was parsed by what recorded the request: it is no text here, and the bytes that were signed are lost."
        "Have it record the raw body as text or in base64, or capture the request itself, as `listen` does.";
    Member "member"
        "A member of the JSON object is missing, or not of the type that its form wants."
        "Give the object as it was written, unchanged.";
    NoDelivery "no_delivery"
        "None of the requests in it is a delivery: no POST of a HAR file, and nothing else, has an X-Overten header."
        "Record the delivery where it is received, and save that.";
    Quoting "quoting"
        "A quote of the command is not closed, or the quoting is that of cmd or PowerShell."
        "Copy the command in the form for bash.";
    Expansion "expansion"
        "The command leaves a part to the shell, such as $NAME, `…` or <<."
        "Put the text in its place that the shell would have put there, or quote it with '…'.";
    CurlBody "curl_body"
        "The command makes its body in a way that does not say the bytes (-F, -G, --data-urlencode, several of -d with a file, \
         headers from a file, --next), or ends before an option's value."
        "Save the body's exact bytes in a file and name it with --data-binary @FILE.";
}

impl CaptureFault {
    /// Whether a log's other lines may have it, which are no captures.
    pub(super) const fn may_be_of_others(self) -> bool {
        matches!(
            self,
            Self::UnknownJson
                | Self::BodyAlone
                | Self::LogLine
                | Self::NoBody
                | Self::BodyParsed
                | Self::Member
                | Self::NoDelivery
                | Self::TooManyHeaders
        )
    }
}

/// Why a text is no capture: what is wrong, where, and what to give instead. It holds nothing of the text.
///
/// ```
/// use overten_webhook::diagnose::{CaptureFault, Captured};
///
/// let error = Captured::read(br#"{"event":"run.completed","run_id":"run_01"}"#).unwrap_err();
/// assert_eq!(error.fault(), CaptureFault::BodyAlone);
/// assert!(error.to_string().contains("headers"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaptureError {
    fault: CaptureFault,
    line: Option<usize>,
    offset: Option<usize>,
}

impl CaptureError {
    pub(super) const fn in_line(fault: CaptureFault, line: usize) -> Self {
        Self {
            fault,
            line: Some(line),
            offset: None,
        }
    }

    pub(super) const fn at_byte(fault: CaptureFault, offset: usize) -> Self {
        Self {
            fault,
            line: None,
            offset: Some(offset),
        }
    }

    /// The same, in a text with so many bytes more before it.
    pub(super) fn further_by(self, skipped: usize) -> Self {
        let offset = self.offset.map(|offset| offset.saturating_add(skipped));
        Self { offset, ..self }
    }

    /// What is wrong.
    #[must_use]
    pub const fn fault(self) -> CaptureFault {
        self.fault
    }

    /// The line at fault, from 1, where it is one line.
    #[must_use]
    pub const fn line(self) -> Option<usize> {
        self.line
    }

    /// Where in the text it was noticed, in bytes from 0, where that is known.
    #[must_use]
    pub const fn offset(self) -> Option<usize> {
        self.offset
    }
}

impl From<CaptureFault> for CaptureError {
    fn from(fault: CaptureFault) -> Self {
        Self {
            fault,
            line: None,
            offset: None,
        }
    }
}

impl From<Fault> for CaptureError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Syntax(offset) => Self::at_byte(CaptureFault::NotJson, offset),
            Fault::Depth(offset) => Self::at_byte(CaptureFault::TooDeep, offset),
        }
    }
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.offset) {
            (Some(line), _) => write!(f, "line {line}: ")?,
            (None, Some(offset)) => write!(f, "at byte {offset}: ")?,
            (None, None) => {}
        }
        write!(f, "{} {}", self.fault.what(), self.fault.change())
    }
}

impl core::error::Error for CaptureError {}
