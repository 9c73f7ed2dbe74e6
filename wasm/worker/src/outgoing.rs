//! From a verified delivery to what is handed on.

use std::borrow::Cow;

use overten_webhook::{Delivery, ErrorDetail, Event};

use crate::message::{
    MESSAGE_VERSION, Message, MessageBody, MessageError, MessageEvent, StoredBody,
};
use crate::parcel::{BODIES_PATH, BodyPart, Parcel};
use crate::settings::Settings;

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

/// Packs a delivery: `event` is `None` where it is to be quarantined.
pub(crate) fn pack(
    delivery: &Delivery<&[u8]>,
    event: Option<&Event<&[u8]>>,
    settings: &Settings,
    received_at_ms: i64,
) -> Parcel {
    let body_key = delivery.body_key();
    let key = event.map_or(body_key, |event| event.idempotency_key(settings.scope));
    let object = event.map_or_else(|| key.to_string(), |event| run_object(event.run_id()));
    let mut message = Message {
        version: MESSAGE_VERSION,
        key: Cow::Owned(key.to_string()),
        quarantined: event.is_none(),
        event: event.map(MessageEvent::of),
        body: MessageBody::Text(Cow::Borrowed("")),
        timestamp: delivery.timestamp().get(),
        secret_label: Cow::Owned(delivery.secret_label().to_string()),
        received_at_ms,
    };
    let parcel = |message, body| Parcel {
        object: object.clone(),
        key: key.to_string(),
        retention_seconds: settings.retention.seconds(),
        message,
        body,
    };
    for form in MessageBody::inline_forms(delivery.body()) {
        message.body = form;
        let text = message.to_text();
        if text.len() <= crate::MAX_MESSAGE_BYTES {
            return parcel(text, None);
        }
    }
    let id = body_key.as_str().strip_prefix("body=").unwrap_or_default();
    message.event = message.event.and_then(MessageEvent::without_long_texts);
    message.body = MessageBody::Stored(StoredBody {
        object: Cow::Borrowed(&object),
        path: Cow::Owned(format!("{BODIES_PATH}{id}")),
        bytes: delivery.body().len(),
    });
    let body = BodyPart {
        id: id.to_owned(),
        bytes: delivery.body().to_vec(),
    };
    parcel(message.to_text(), Some(body))
}

/// The name of the ledger object: the run's id, as far as a name should be long.
fn run_object(run_id: &str) -> String {
    run_id.chars().take(LONGEST_OBJECT_NAME).collect()
}

impl<'a> MessageEvent<'a> {
    fn of(event: &'a Event<&[u8]>) -> Self {
        let mut fields = Self {
            event: event.name().into(),
            kind: event.kind().as_str().into(),
            run_id: event.run_id().into(),
            task_id: event.task_id().map(Cow::Borrowed),
            error: event
                .error()
                .map(|ErrorDetail { code, message }| MessageError { code, message }),
            ..Self::default()
        };
        macro_rules! read {
            ($($name:ident: $type:ident, $doc:literal;)*) => {
                $(fields.$name = event.$name();)*
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
        let mut leave_out_if_long = |name: &'static str, text: &mut Option<Cow<'_, str>>| {
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
