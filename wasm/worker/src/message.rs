//! What the queue carries: one JSON text per delivery, described by `message.schema.json` beside this crate.

use std::borrow::Cow;

use base64ct::{Base64, Encoding as _};
use serde::{Deserialize, Serialize};

/// The longest message text that is sent, in bytes: a queue takes 128,000, some of which its own encoding needs.
pub const MAX_MESSAGE_BYTES: usize = 127_000;

/// The form of message that this version writes and reads.
pub const MESSAGE_VERSION: u32 = 1;

/// One delivery that was verified, as it waits in the queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct MessageEvent {
            /// The event's name as sent, such as `run.completed`.
            pub event: String,
            /// `run_completed`, `run_failed` or `other`.
            pub kind: String,
            /// The run, a durable document.
            pub run_id: String,
            /// The task, one execution in a run.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub task_id: Option<String>,
            $(
                #[doc = $doc]
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $name: Option<value!($type)>,
            )*
            /// Why a run failed.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub error: Option<MessageError>,
            /// Texts that were left out because the message would be too large: read them from the body.
            #[serde(skip_serializing_if = "Vec::is_empty")]
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
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "named as the fields of Overten's payload")]
pub struct MessageError {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The body in the first of these forms that fits into a queue message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredBody {
    /// The name of the ledger object: `LEDGER.idFromName(object)`.
    pub object: String,
    /// The path that this object answers with the bytes: `fetch("https://ledger" + path)`.
    pub path: String,
    /// The body's length.
    pub bytes: usize,
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
        // Every field is text, a number or a list of text: there is nothing that JSON could refuse.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl MessageBody {
    #[cfg(feature = "receiver")]
    /// The forms in which `body` can travel inside a message, the plainest first.
    pub(crate) fn inline_forms(body: &[u8]) -> impl Iterator<Item = Self> {
        let fits = body.len() <= MAX_MESSAGE_BYTES;
        let text = str::from_utf8(body)
            .ok()
            .filter(|_| fits)
            .map(|text| Self::Text(text.to_owned()));
        text.into_iter()
            .chain(fits.then(|| Self::Base64(Base64::encode_string(body))))
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
