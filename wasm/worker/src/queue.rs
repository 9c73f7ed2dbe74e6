//! Sending to the queue.

use wasm_bindgen::JsValue;
use worker::{Queue, QueueContentType, RawMessageBuilder, Result};

/// Sends a message as the text it is: once this returns, the queue has it.
pub(crate) async fn send(queue: &Queue, message: &str) -> Result<()> {
    let message = RawMessageBuilder::new(JsValue::from_str(message));
    queue
        .send_raw(message.build_with_content_type(QueueContentType::Text))
        .await
}
