//! What an event says, as names and values.

use overten_webhook::Event;
use serde_json::{Map, Value};

/// Every known field that is present, `event` and `run_id` first.
pub(super) fn fields<B: AsRef<[u8]>>(event: &Event<B>) -> Vec<(&'static str, Value)> {
    let mut fields: Vec<(&'static str, Value)> = vec![
        ("event", event.name().into()),
        ("kind", event.kind().as_str().into()),
        ("run_id", event.run_id().into()),
    ];
    if let Some(task_id) = event.task_id() {
        fields.push(("task_id", task_id.into()));
    }
    macro_rules! push {
        ($($name:ident: $type:ident, $doc:literal;)*) => {
            $(if let Some(value) = event.$name() {
                fields.push((stringify!($name), value.into()));
            })*
        };
    }
    overten_webhook::optional_fields!(push);
    if let Some(error) = event.error() {
        let parts = [("code", error.code), ("message", error.message)];
        let parts = parts
            .into_iter()
            .filter_map(|(name, text)| Some((name.to_owned(), text?.into())));
        fields.push(("error", Value::Object(Map::from_iter(parts))));
    }
    fields
}
