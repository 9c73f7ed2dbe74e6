//! Reading a request's body: as bytes, and no further than the limit.

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, ReadableStreamDefaultReader};

/// Reads the body, or as much of it as shows that it is longer than `max_bytes`.
///
/// The stream is read here rather than through `worker::ByteStream`, which takes a body that was cut off for a whole
/// one: it would be answered as forged, and never sent again.
///
/// # Errors
///
/// The text of what the runtime said where the body could not be read to its end.
pub(crate) async fn read(request: &web_sys::Request, max_bytes: usize) -> Result<Vec<u8>, String> {
    if request.body_used() {
        return Err(
            "the body was read before it came here: hand over the request untouched".to_owned(),
        );
    }
    let Some(stream) = request.body() else {
        return Ok(Vec::new());
    };
    read_stream(&stream, max_bytes)
        .await
        .map_err(|error| worker::Error::from(error).to_string())
}

async fn read_stream(stream: &ReadableStream, max_bytes: usize) -> Result<Vec<u8>, JsValue> {
    let reader = ReadableStreamDefaultReader::new(stream)?;
    let mut body = Vec::new();
    while body.len() <= max_bytes {
        let step = JsFuture::from(reader.read()).await?;
        if Reflect::get(&step, &JsValue::from_str("done"))?.is_truthy() {
            return Ok(body);
        }
        let chunk: Uint8Array = Reflect::get(&step, &JsValue::from_str("value"))?.dyn_into()?;
        let start = body.len();
        body.resize(start + chunk.length() as usize, 0);
        chunk.copy_to(&mut body[start..]);
    }
    // The rest is of no interest; a stream that will not be cancelled changes nothing about the answer.
    let _ = JsFuture::from(reader.cancel()).await;
    Ok(body)
}
