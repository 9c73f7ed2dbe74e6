//! The one line that each request leaves in the log.

use overten_webhook::{Code, Delivery, Event, PayloadError, Rejection, scheme};
use serde::{Serialize, Serializer};

/// Longer texts are cut in the log; the message has them whole.
const LONGEST_TEXT: usize = 256;

/// A header with one of these in its name is for other eyes than a log's: a proxy in front of the Worker adds its own.
const HIDDEN_NAMES: [&str; 7] = [
    "auth", "cookie", "jwt", "key", "password", "secret", "token",
];

/// What is known of a request when it has been answered, absent fields left out.
#[derive(Debug, Default, Serialize)]
pub(crate) struct LogLine {
    code: &'static str,
    level: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_bytes: Option<usize>,
    elapsed_ms: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_object")]
    raw_headers: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_body: Option<String>,
}

impl LogLine {
    /// Adds the headers as received, the signature shortened: who reads the log must not be able to send it again.
    pub(crate) fn add_raw_headers(&mut self, headers: impl Iterator<Item = (String, String)>) {
        let shown = headers.map(|(name, value)| {
            let value = shown(&name, value);
            (name, value)
        });
        self.raw_headers = shown.collect();
    }

    /// Adds the body's length, and the body itself if `raw`; bytes that are not UTF-8 are replaced there.
    pub(crate) fn add_body(&mut self, body: &[u8], raw: bool) {
        self.body_bytes = Some(body.len());
        self.raw_body = raw.then(|| String::from_utf8_lossy(body).into_owned());
    }

    /// Adds how old the delivery is and which secret signed it, as far as the verdict tells.
    pub(crate) fn add_verdict<B>(&mut self, verdict: &Result<Delivery<B>, Rejection>) {
        match verdict {
            Ok(delivery) => {
                self.secret = Some(delivery.secret_label().to_string());
                self.age_seconds = Some(delivery.age_seconds());
            }
            Err(rejection) => self.age_seconds = rejection.age_seconds(),
        }
    }

    /// Adds which event it is, or why it is none.
    pub(crate) fn add_event<B: AsRef<[u8]>>(&mut self, event: &Result<Event<B>, PayloadError>) {
        match event {
            Ok(event) => {
                self.event = Some(shortened(event.name()));
                self.run_id = Some(shortened(event.run_id()));
                self.task_id = event.task_id().map(shortened);
            }
            Err(error) => self.detail = Some(error.to_string()),
        }
    }

    /// The line as JSON, without a newline.
    pub(crate) fn render(&mut self, code: Code, elapsed_ms: i64) -> String {
        self.code = code.as_str();
        self.level = level(code);
        self.elapsed_ms = elapsed_ms;
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn as_object<S: Serializer>(pairs: &[(String, String)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(pairs.iter().map(|(name, value)| (name, value)))
}

/// What an operator must look at is an error; what Overten will send again, a warning.
fn level(code: Code) -> &'static str {
    match code {
        Code::BodyTooLarge | Code::Misconfigured | Code::Quarantined | Code::Unavailable => "error",
        code if code.is_retryable() => "warn",
        _ => "info",
    }
}

fn shown(name: &str, value: String) -> String {
    // The runtime gives every name in lower case.
    if HIDDEN_NAMES.iter().any(|part| name.contains(part)) {
        "[hidden]".to_owned()
    } else if name.eq_ignore_ascii_case(scheme::SIGNATURE_HEADER) {
        let start: String = value.chars().take(15).collect();
        format!("{start}…")
    } else {
        value
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
