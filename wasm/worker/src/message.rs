//! What the queue carries: one JSON text per delivery, described by `message.schema.json` beside this crate.

use std::borrow::Cow;

use base64ct::{Base64, Encoding as _};
use serde::Deserialize;

use crate::json::Object;

/// The longest message text that is sent, in bytes: a queue takes 128,000, some of which its own encoding needs.
pub const MAX_MESSAGE_BYTES: usize = 127_000;

/// The form of message that this version writes and reads.
pub const MESSAGE_VERSION: u32 = 1;

/// One delivery that was verified, as it waits in the queue.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Message {
    /// [`MESSAGE_VERSION`]; a consumer refuses another one.
    pub version: u32,
    /// The idempotency key: the same for every copy of this delivery.
    pub key: String,
    /// Whether the body is authentic but could not be read as an event; `event` is null then.
    pub quarantined: bool,
    /// What the body says. Null where it is quarantined, and where its name or `run_id` has more than
    /// 1,024 bytes and its body waits in the ledger: read it from the body then.
    pub event: Option<MessageEvent>,
    /// The body, byte for byte as Overten signed it, or where it waits.
    pub body: MessageBody,
    /// The signed timestamp, in Unix seconds.
    pub timestamp: i64,
    /// The label of the secret that matched.
    pub secret_label: String,
    /// When the request arrived, in Unix milliseconds.
    pub received_at_ms: i64,
}

macro_rules! message_event {
    ($($name:ident: $type:ident, $doc:literal;)*) => {
        /// The known fields of an event; absent where the event's field is absent.
        #[derive(Debug, Clone, Default, PartialEq, Deserialize)]
        #[serde(default)]
        pub struct MessageEvent {
            /// The event's name as sent, such as `run.completed`.
            pub event: String,
            /// `run_completed`, `run_failed` or `other`.
            pub kind: String,
            /// The run, a durable document.
            pub run_id: String,
            /// The task, one execution in a run.
            pub task_id: Option<String>,
            $(
                #[doc = $doc]
                pub $name: Option<value!($type)>,
            )*
            /// Why a run failed.
            pub error: Option<MessageError>,
            /// Texts that were left out because the message would be too large: read them from the body.
            pub omitted: Vec<String>,
        }
    };
}

macro_rules! value {
    (Text) => {
        String
    };
    (Number) => {
        f64
    };
    (WholeNumber) => {
        u64
    };
}

overten_webhook::optional_fields!(message_event);

/// Why a run failed, as far as it was told.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "named as the fields of Overten's payload")]
pub struct MessageError {
    pub code: Option<String>,
    pub message: Option<String>,
}

/// The body in the first of these forms that fits into a queue message.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageBody {
    /// A body that is UTF-8, as text.
    Text(String),
    /// A body that is not, or that is shorter so, in standard base64 with padding.
    Base64(String),
    /// A body that is too long for the queue, and waits in the ledger for at least 30 days.
    Stored(StoredBody),
}

/// Where a body waits that is too long for the queue.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StoredBody {
    /// The name of the ledger object: `LEDGER.idFromName(object)`.
    pub object: String,
    /// The path that this object answers with the bytes: `fetch("https://ledger" + path)`.
    pub path: String,
    /// The body's length.
    pub bytes: usize,
}

impl StoredBody {
    fn to_json(&self) -> String {
        let mut stored = Object::with_capacity(256);
        stored.text("object", &self.object);
        stored.text("path", &self.path);
        stored.json("bytes", self.bytes);
        stored.end()
    }
}

impl Message {
    /// Reads the text of a queue message.
    ///
    /// # Errors
    ///
    /// Where it is not a message of [`MESSAGE_VERSION`], with what is wrong.
    ///
    /// ```
    /// use overten_webhook_worker::{Message, MessageBody};
    ///
    /// let message = Message::parse(
    ///     r#"{"version":1,"key":"run.paused:run_01","quarantined":false,
    ///         "event":{"event":"run.paused","kind":"other","run_id":"run_01"},
    ///         "body":{"text":"{\"event\":\"run.paused\",\"run_id\":\"run_01\"}"},
    ///         "timestamp":1760000000,"secret_label":"subscription","received_at_ms":1760000000120}"#,
    /// )?;
    /// assert_eq!(message.key, "run.paused:run_01");
    /// assert!(matches!(message.body, MessageBody::Text(_)));
    /// # Ok::<(), String>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, String> {
        let message: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if message.version == MESSAGE_VERSION {
            Ok(message)
        } else {
            Err(format!(
                "message version {}, and this reads {MESSAGE_VERSION}: update the consumer",
                message.version
            ))
        }
    }

    /// The text to send.
    ///
    /// It is written here and sent as text, so that no number of it passes through JavaScript.
    #[must_use]
    pub fn to_text(&self) -> String {
        // With an exponent a double is never longer than some parsers take.
        self.to_text_by(|number| format!("{number:e}"))
    }

    /// The same, each double printed by `shortest`: for a host whose own printer spares linking this one.
    pub(crate) fn to_text_by(&self, shortest: impl Fn(f64) -> String) -> String {
        let mut message = Object::with_capacity(self.body.bytes_in_message() + 1024);
        message.json("version", self.version);
        message.text("key", &self.key);
        message.json("quarantined", self.quarantined);
        match &self.event {
            Some(event) => message.json("event", event.to_json(shortest)),
            None => message.json("event", "null"),
        }
        message.json("body", self.body.to_json());
        message.json("timestamp", self.timestamp);
        message.text("secret_label", &self.secret_label);
        message.json("received_at_ms", self.received_at_ms);
        message.end()
    }
}

impl MessageEvent {
    fn to_json(&self, shortest: impl Fn(f64) -> String) -> String {
        let mut event = Object::with_capacity(512);
        event.text("event", &self.event);
        event.text("kind", &self.kind);
        event.text("run_id", &self.run_id);
        let mut text = |name, value: &Option<String>| {
            if let Some(value) = value {
                event.text(name, value);
            }
        };
        text("task_id", &self.task_id);
        macro_rules! write {
            ($($name:ident: $type:ident, $doc:literal;)*) => {
                $(if let Some(value) = &self.$name {
                    write_one!($type, stringify!($name), value);
                })*
            };
        }
        macro_rules! write_one {
            (Text, $name:expr, $value:ident) => {
                event.text($name, $value)
            };
            (Number, $name:expr, $value:ident) => {
                // JSON has no other numbers, and no event.
                if $value.is_finite() {
                    event.json($name, shortest(*$value));
                }
            };
            (WholeNumber, $name:expr, $value:ident) => {
                event.json($name, $value)
            };
        }
        overten_webhook::optional_fields!(write);
        if let Some(error) = &self.error {
            event.json("error", error.to_json());
        }
        if !self.omitted.is_empty() {
            event.texts("omitted", &self.omitted);
        }
        event.end()
    }
}

impl MessageError {
    fn to_json(&self) -> String {
        let mut error = Object::with_capacity(64);
        for (name, value) in [("code", &self.code), ("message", &self.message)] {
            if let Some(value) = value {
                error.text(name, value);
            }
        }
        error.end()
    }
}

impl MessageBody {
    #[cfg(feature = "receiver")]
    /// The forms in which `body` can travel inside a message, the plainest first.
    pub(crate) fn inline_forms(body: &[u8]) -> impl Iterator<Item = Self> {
        let fits = body.len() <= MAX_MESSAGE_BYTES;
        let text = str::from_utf8(body).ok().filter(|_| fits);
        let base64_bytes = body.len().div_ceil(3) * 4;
        // Where the text did not fit, what is no shorter does not either.
        let base64 = move || {
            let is_shorter = text.is_none_or(|text| crate::json::text_bytes(text) > base64_bytes);
            (fits && is_shorter).then(|| Self::Base64(Base64::encode_string(body)))
        };
        let text = text.map(|text| Self::Text(text.to_owned()));
        text.into_iter()
            .chain(std::iter::once_with(base64).flatten())
    }

    fn to_json(&self) -> String {
        let mut body = Object::with_capacity(self.bytes_in_message() + 64);
        match self {
            Self::Text(text) => body.text("text", text),
            Self::Base64(text) => body.text("base64", text),
            Self::Stored(stored) => body.json("stored", stored.to_json()),
        }
        body.end()
    }

    /// About how long it is in a message.
    fn bytes_in_message(&self) -> usize {
        match self {
            Self::Text(text) | Self::Base64(text) => text.len() + text.len() / 8,
            Self::Stored(_) => 0,
        }
    }

    /// The bytes, where the message holds them; `None` where they are stored or the base64 is damaged.
    #[must_use]
    pub fn bytes(&self) -> Option<Cow<'_, [u8]>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text.as_bytes())),
            Self::Base64(text) => Base64::decode_vec(text).ok().map(Cow::Owned),
            Self::Stored(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_double_is_read_as_what_was_written() {
        let mut bits = 1_u64;
        let random = std::iter::repeat_with(|| {
            bits ^= bits << 13;
            bits ^= bits >> 7;
            bits ^= bits << 17;
            f64::from_bits(bits)
        });
        let known = [-0.0, 5e-324, f64::MAX, 1e21, 0.1, f64::NAN, f64::INFINITY];
        for number in known.into_iter().chain(random.take(20_000)) {
            let event = MessageEvent {
                credits_used: Some(number),
                ..MessageEvent::default()
            };
            let message = Message {
                version: MESSAGE_VERSION,
                key: "key".into(),
                quarantined: false,
                event: Some(event),
                body: MessageBody::Text("{}".into()),
                timestamp: 0,
                secret_label: "label".into(),
                received_at_ms: 0,
            };
            let text = message.to_text();
            assert!(
                text.len() < 250,
                "some parsers take no longer number: {text}"
            );
            let read = Message::parse(&text).expect("a message");
            let read = read.event.and_then(|event| event.credits_used);
            let expected = number.is_finite().then(|| number.to_bits());
            assert_eq!(read.map(f64::to_bits), expected, "{number:e}");
        }
    }

    #[test]
    fn message_is_read_as_what_was_written() {
        let event = MessageEvent {
            event: "run.failed".into(),
            kind: "run_failed".into(),
            run_id: "run \"1\"\n".into(),
            task_id: Some("é\u{1f}".into()),
            message: Some(String::new()),
            credits_used: Some(0.1),
            duration_ms: Some(9_007_199_254_740_991),
            error: Some(MessageError {
                code: Some("c".into()),
                message: None,
            }),
            omitted: vec!["summary".into(), "error.message".into()],
            ..MessageEvent::default()
        };
        let stored = StoredBody {
            object: "o".into(),
            path: "/bodies/0".into(),
            bytes: 200_000,
        };
        let bodies = [
            MessageBody::Text("{\"a\":\"\\u0000\"}".into()),
            MessageBody::Base64("AA==".into()),
            MessageBody::Stored(stored),
        ];
        for (event, body) in [Some(event), None, Some(MessageEvent::default())]
            .into_iter()
            .zip(bodies)
        {
            let message = Message {
                version: MESSAGE_VERSION,
                key: "key".into(),
                quarantined: event.is_none(),
                event,
                body,
                timestamp: -1,
                secret_label: "label".into(),
                received_at_ms: i64::MAX,
            };
            assert_eq!(Message::parse(&message.to_text()), Ok(message));
        }
    }
}
