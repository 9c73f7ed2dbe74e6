//! Sending to the queue.

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::{Queue, Result};

/// Sends a message as the text it is: once this returns, the queue has it.
///
/// The method is called here rather than through `worker::Queue::send_raw`, which brings a serializer for its options.
pub(crate) async fn send(queue: &Queue, message: &str) -> Result<()> {
    let queue: &JsValue = queue.as_ref();
    let send: Function = Reflect::get(queue, &"send".into())?.dyn_into()?;
    let options = Object::new();
    Reflect::set(&options, &"contentType".into(), &"text".into())?;
    let sent: Promise = send.call2(queue, &message.into(), &options)?.dyn_into()?;
    JsFuture::from(sent).await?;
    Ok(())
}
