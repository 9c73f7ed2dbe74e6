//! From a verified delivery to what is handed on.

use overten_webhook::{Delivery, ErrorDetail, Event, IdempotencyKey};

use super::exchange::BODIES_PATH;
use crate::js;
use crate::message::{
    MESSAGE_VERSION, Message, MessageBody, MessageError, MessageEvent, StoredBody,
};

/// The longest text of an event in a message whose body waits in the ledger, in bytes.
///
/// JSON takes six bytes for one at worst: together they always fit.
pub const LONGEST_STORED_TEXT: usize = 1024;

macro_rules! assert_that_all_texts_fit {
    ($($name:ident: $type:ident, $doc:literal;)*) => {
        const _: () = {
            let others = ["event", "run_id", "task_id", "error.code", "error.message"].len();
            let fields = others + [$(stringify!($name)),*].len();
            assert!(fields * 6 * LONGEST_STORED_TEXT < crate::MAX_MESSAGE_BYTES);
        };
    };
}

overten_webhook::optional_fields!(assert_that_all_texts_fit);

/// Two runs whose ids begin alike share a ledger object, which tells them apart by their keys.
const LONGEST_OBJECT_NAME: usize = 128;

/// A delivery as it goes to the ledger and to the queue.
#[derive(Debug)]
pub(crate) struct Outgoing<'a> {
    /// The name of the ledger object.
    pub(crate) object: String,
    /// The key to claim.
    pub(crate) key: String,
    /// The text for the queue.
    pub(crate) message: String,
    /// The body, where the message only says where it is.
    pub(crate) body: Option<BodyToStore<'a>>,
}

/// A body that does not fit into a message.
#[derive(Debug)]
pub(crate) struct BodyToStore<'a> {
    /// The SHA-256 of the bytes in hex, so that no two bodies share a place.
    pub(crate) id: String,
    pub(crate) bytes: &'a [u8],
}

impl<'a> Outgoing<'a> {
    /// `event` is `None` where the delivery is set aside because it cannot be read.
    pub(crate) fn of(
        delivery: &'a Delivery<&[u8]>,
        event: Option<&Event<&[u8]>>,
        key: IdempotencyKey,
        received_at_ms: i64,
    ) -> Self {
        let object = event.map_or_else(|| key.to_string(), |event| run_object(event.run_id()));
        let verdict = delivery.verdict();
        let mut message = Message {
            version: MESSAGE_VERSION,
            key: key.to_string(),
            quarantined: event.is_none(),
            event: event.map(MessageEvent::of),
            body: MessageBody::Text(String::new()),
            timestamp: verdict.timestamp().get(),
            secret_label: verdict.secret_label().to_string(),
            received_at_ms,
        };
        let outgoing = |message, body| Self {
            object: object.clone(),
            key: key.to_string(),
            message,
            body,
        };
        for form in MessageBody::inline_forms(delivery.body()) {
            message.body = form;
            let text = message.to_text_by(js::shortest);
            if text.len() <= crate::MAX_MESSAGE_BYTES {
                return outgoing(text, None);
            }
        }
        let body_key = delivery.body_key();
        let id = body_key.as_str().strip_prefix("body=").unwrap_or_default();
        message.event = message.event.and_then(MessageEvent::without_long_texts);
        message.body = MessageBody::Stored(StoredBody {
            object: object.clone(),
            path: format!("{BODIES_PATH}{id}"),
            bytes: delivery.body().len(),
        });
        let body = BodyToStore {
            id: id.to_owned(),
            bytes: delivery.body(),
        };
        outgoing(message.to_text_by(js::shortest), Some(body))
    }
}

/// The name of the ledger object: the run's id, as far as a name should be long.
fn run_object(run_id: &str) -> String {
    run_id.chars().take(LONGEST_OBJECT_NAME).collect()
}

impl MessageEvent {
    fn of(event: &Event<&[u8]>) -> Self {
        let event = event.all_fields();
        let mut fields = Self {
            event: event.name().into(),
            kind: event.kind().as_str().into(),
            run_id: event.run_id().into(),
            task_id: event.task_id().map(Into::into),
            error: event
                .error()
                .map(|ErrorDetail { code, message }| MessageError {
                    code: code.map(Into::into),
                    message: message.map(Into::into),
                }),
            ..Self::default()
        };
        macro_rules! read {
            ($($name:ident: $type:ident, $doc:literal;)*) => {
                $(fields.$name = read_one!($type $name);)*
            };
        }
        // JavaScript reads and prints a double as the core does; its tables would weigh a fifth of this Worker.
        macro_rules! read_one {
            (Text $name:ident) => {
                event.$name().map(Into::into)
            };
            (Number $name:ident) => {
                event.number_by(stringify!($name), js::nearest)
            };
            (WholeNumber $name:ident) => {
                event.whole_number_by(stringify!($name), js::nearest)
            };
        }
        overten_webhook::optional_fields!(read);
        fields
    }

    /// Leaves out the texts that could make a message too large; `None` where a required one is among them.
    fn without_long_texts(mut self) -> Option<Self> {
        let is_long = |text: &str| text.len() > LONGEST_STORED_TEXT;
        if is_long(&self.event) || is_long(&self.run_id) {
            return None;
        }
        let omitted = &mut self.omitted;
        let mut leave_out_if_long = |name: &'static str, text: &mut Option<String>| {
            if text.as_deref().is_some_and(is_long) {
                *text = None;
                omitted.push(name.into());
            }
        };
        macro_rules! each {
            ($($name:ident: $type:ident, $doc:literal;)*) => {
                $(of_type!($type $name);)*
            };
        }
        macro_rules! of_type {
            (Text $name:ident) => {
                leave_out_if_long(stringify!($name), &mut self.$name);
            };
            ($number:ident $name:ident) => {};
        }
        leave_out_if_long("task_id", &mut self.task_id);
        overten_webhook::optional_fields!(each);
        let error = self.error.get_or_insert_default();
        leave_out_if_long("error.code", &mut error.code);
        leave_out_if_long("error.message", &mut error.message);
        self.error = self.error.filter(|error| *error != MessageError::default());
        Some(self)
    }
}
