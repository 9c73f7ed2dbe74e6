//! A verified delivery as the JSON that `js/delivery.js` parses when it is asked for something.

use overten_webhook::{Delivery, Event, Scope};

use crate::json::{self, Object};
use crate::refusal;

/// What is known of a delivery, with its event or why that cannot be read.
pub(crate) fn record(delivery: &Delivery<&[u8]>) -> String {
    let verdict = delivery.verdict();
    let mut record = Object::new();
    record
        .json("timestamp", &verdict.timestamp().to_string())
        .json("age", &verdict.age_seconds().to_string())
        .json("secretIndex", &verdict.secret_index().to_string())
        .text("secretLabel", verdict.secret_label().as_str());
    match delivery.event() {
        Ok(event) => {
            let task_id = event.task_id().filter(|task_id| !task_id.is_empty());
            record
                .json("event", &fields(&event))
                .json("members", &places(&event))
                .text("runKey", event.idempotency_key(Scope::Run).as_str());
            // Else it is the body's: a second hash of all of it, for which only few ask.
            if task_id.is_some() {
                record.text("taskKey", event.idempotency_key(Scope::Task).as_str());
            }
        }
        Err(error) => {
            record
                .json("refusal", &refusal::of_payload(error))
                .text("bodyKey", delivery.body_key().as_str());
        }
    }
    record.end()
}

/// Every known field that is there.
fn fields(event: &Event<&[u8]>) -> String {
    let mut fields = Object::new();
    fields
        .text("kind", event.kind().as_str())
        .text("name", event.name())
        .text("runId", event.run_id())
        .optional_text("taskId", event.task_id());

    macro_rules! optional {
        ($($name:ident: $type:ident, $doc:literal;)*) => { $( field!($name $type); )* };
    }
    macro_rules! field {
        ($name:ident Text) => {
            fields.optional_text(&in_camel_case(stringify!($name)), event.$name().as_deref());
        };
        // The text that was sent: reading it as the nearest double is JSON.parse's part.
        ($name:ident Number) => {
            if let (Some(_), Some(json)) = (event.$name(), event.member(stringify!($name))) {
                fields.json(&in_camel_case(stringify!($name)), json);
            }
        };
        ($name:ident WholeNumber) => {
            fields.optional_number(&in_camel_case(stringify!($name)), event.$name());
        };
    }
    overten_webhook::optional_fields!(optional);

    if let Some(error) = event.error() {
        let error = Object::new()
            .optional_text("code", error.code.as_deref())
            .optional_text("message", error.message.as_deref())
            .end();
        fields.json("error", &error);
    }
    fields.end()
}

/// Name, begin and end of every member's JSON text, in a row; the places are bytes of the body.
fn places(event: &Event<&[u8]>) -> String {
    let body = event.body().as_ptr().addr();
    let mut places = String::from("[");
    for (name, json) in event.members() {
        let begin = json.as_ptr().addr() - body;
        if places.len() > 1 {
            places.push(',');
        }
        json::write_text(&mut places, name);
        for place in [begin, begin + json.len()] {
            places.push(',');
            places.push_str(&place.to_string());
        }
    }
    places.push(']');
    places
}

fn in_camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    for (at, word) in name.split('_').enumerate() {
        let (first, rest) = word.split_at(usize::from(at > 0 && !word.is_empty()));
        camel.push_str(&first.to_ascii_uppercase());
        camel.push_str(rest);
    }
    camel
}
