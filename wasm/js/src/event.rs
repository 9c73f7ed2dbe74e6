//! A verified delivery as the JSON that `js/delivery.js` parses when it is asked for something.

use overten_webhook::{Delivery, Event, Scope};
use wasm_bindgen::prelude::*;

use crate::json::{Json, Object};
use crate::refusal;

/// More than the record of most deliveries has, so that writing one allocates once.
const USUAL_BYTES: usize = 2048;

#[wasm_bindgen]
extern "C" {
    /// The double nearest to a JSON number.
    #[wasm_bindgen(js_name = Number)]
    fn nearest(json: &str) -> f64;
}

/// What is known of a delivery, with its event or why that cannot be read.
pub(crate) fn record(delivery: &Delivery<&[u8]>) -> String {
    let verdict = delivery.verdict();
    let mut record = Object::with_capacity(USUAL_BYTES);
    record
        .number("timestamp", verdict.timestamp().get())
        .number("age", verdict.age_seconds())
        .optional_number("secretIndex", Some(verdict.secret_index()))
        .text("secretLabel", verdict.secret_label().as_str());
    match delivery.event() {
        Ok(event) => {
            record.object("event", |to| write_fields(to, &event));
            write_places(record.member("members"), &event);
            record.text("runKey", event.idempotency_key(Scope::Run).as_str());
            // Else it is the body's: a second hash of all of it, for which only few ask.
            if event.task_id().is_some_and(|task_id| !task_id.is_empty()) {
                record.text("taskKey", event.idempotency_key(Scope::Task).as_str());
            }
        }
        Err(error) => {
            record
                .object("refusal", |to| refusal::write_payload(to, error))
                .text("bodyKey", delivery.body_key().as_str());
        }
    }
    record.end()
}

/// Every known field that is there.
fn write_fields(to: &mut Object, event: &Event<&[u8]>) {
    to.text("kind", event.kind().as_str())
        .text("name", event.name())
        .text("runId", event.run_id())
        .optional_text("taskId", event.task_id());

    macro_rules! optional {
        ($($name:ident: $type:ident, $doc:literal;)*) => { $( field!($name $type); )* };
    }
    macro_rules! field {
        ($name:ident Text) => {
            if let Some(text) = event.$name() {
                to.text(&in_camel_case(stringify!($name)), &text);
            }
        };
        // As it was sent: reading it as the nearest double is JSON.parse's part.
        ($name:ident Number) => {
            let name = stringify!($name);
            if let (Some(_), Some(json)) = (event.number_by(name, nearest), event.member(name)) {
                to.json(&in_camel_case(name), json);
            }
        };
        ($name:ident WholeNumber) => {
            let name = stringify!($name);
            let number = event.whole_number_by(name, nearest);
            to.optional_number(&in_camel_case(name), number);
        };
    }
    overten_webhook::optional_fields!(optional);

    if let Some(error) = event.error() {
        to.object("error", |to| {
            to.optional_text("code", error.code.as_deref())
                .optional_text("message", error.message.as_deref());
        });
    }
}

/// Name, begin and end of every member's JSON text, in a row; the places are bytes of the body.
fn write_places(to: &mut Json, event: &Event<&[u8]>) {
    let body = event.body().as_ptr().addr();
    to.open('[');
    for (name, json) in event.members() {
        let begin = json.as_ptr().addr().wrapping_sub(body);
        let place = |bytes: usize| i64::try_from(bytes).unwrap_or_default();
        to.text(name)
            .number(place(begin))
            .number(place(begin.wrapping_add(json.len())));
    }
    to.close(']');
}

fn in_camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut begins = false;
    for character in name.chars() {
        match (character, begins) {
            ('_', _) => begins = true,
            (character, true) => {
                camel.push(character.to_ascii_uppercase());
                begins = false;
            }
            (character, false) => camel.push(character),
        }
    }
    camel
}
