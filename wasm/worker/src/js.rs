//! The raw JavaScript calls: what the `worker` crate lacks, or does by bringing in more than all else here weighs.
//!
//! For the Workers of this project; not part of what the crate promises.
#![cfg_attr(
    not(feature = "receiver"),
    allow(dead_code, reason = "a consumer of messages needs one of them")
)]

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use js_sys::{Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, RequestInit};
use worker::{Delay, Error, Request, Response, Result};

/// Now, in Unix milliseconds. It is the one clock of a Worker: it stands still while no I/O is waited for.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a clock without a whole number of milliseconds in an i64 saturates"
)]
#[must_use]
pub fn now_ms() -> i64 {
    js_sys::Date::now().floor() as i64
}

/// The same, for measuring with: before 1970 it stands at 0.
pub(crate) fn clock_ms() -> u64 {
    u64::try_from(now_ms()).unwrap_or(0)
}

/// A time after which nobody waits any longer.
#[derive(Debug)]
pub struct Deadline(Delay);

impl Deadline {
    /// At this time of [`clock_ms`].
    pub(crate) fn at(at_ms: u64) -> Self {
        Self::after(at_ms.saturating_sub(clock_ms()))
    }

    /// So many milliseconds from now.
    #[must_use]
    pub fn after(milliseconds: u64) -> Self {
        Self(Delay::from(Duration::from_millis(milliseconds)))
    }

    /// What comes of `work`, or `None` where it is not done by then; the work can be gone on with.
    pub async fn before<W: Future>(&mut self, mut work: Pin<&mut W>) -> Option<W::Output> {
        poll_fn(|polled| match work.as_mut().poll(polled) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => Pin::new(&mut self.0).poll(polled).map(|()| None),
        })
        .await
    }
}

/// What nobody else has drawn: for telling things apart, and for nothing that must not be guessed.
pub(crate) fn random() -> [u8; 8] {
    js_sys::Math::random().to_le_bytes()
}

/// A property of an object; undefined where it is not there, or cannot be read.
#[must_use]
pub fn property(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// Sends a message, a text as the text it is: once this returns, the queue has it.
///
/// # Errors
///
/// What the queue said.
pub async fn send(queue: &JsValue, message: &JsValue) -> Result<()> {
    let send: Function = property(queue, "send").dyn_into()?;
    let kind = if message.is_string() { "text" } else { "json" };
    let options = Object::new();
    Reflect::set(&options, &"contentType".into(), &kind.into())?;
    let sent: Promise = send.call2(queue, message, &options)?.dyn_into()?;
    JsFuture::from(sent).await?;
    Ok(())
}

/// A POST of these bytes.
pub(crate) fn post(url: &str, content: &Uint8Array) -> Result<Request> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(content);
    Ok(web_sys::Request::new_with_str_and_init(url, &init)?.into())
}

/// All bytes of a request that is known to be small, or to come from ourselves.
pub(crate) async fn bytes_of_request(request: &Request) -> Result<Uint8Array> {
    let buffer = JsFuture::from(request.inner().array_buffer()?).await?;
    Ok(Uint8Array::new(&buffer))
}

/// The status and all bytes of a response.
pub(crate) async fn bytes_of_response(response: Response) -> Result<(u16, Uint8Array)> {
    let response = web_sys::Response::from(response);
    let buffer = JsFuture::from(response.array_buffer()?).await?;
    Ok((response.status(), Uint8Array::new(&buffer)))
}

/// Reads a body, or `max_bytes` of it and one more, which shows that it is longer.
///
/// The stream is read here rather than through `worker::ByteStream`, which takes a body that was cut off for a whole
/// one. What has come is kept outside of wasm, whose memory never shrinks, until all of it is there.
///
/// # Errors
///
/// What the runtime said where the body could not be read to its end.
pub(crate) async fn read_body(request: &web_sys::Request, max_bytes: usize) -> Result<Vec<u8>> {
    if request.body_used() {
        return Err("it was read before it came here: hand over the request untouched".into());
    }
    let Some(stream) = request.body() else {
        return Ok(Vec::new());
    };
    let reader = ReadableStreamDefaultReader::new(&stream)?;
    let mut chunks: Vec<Uint8Array> = Vec::new();
    let mut length = 0;
    while length <= max_bytes {
        let read = JsFuture::from(reader.read()).await?;
        if property(&read, "done").is_truthy() {
            return Ok(joined(&chunks, length));
        }
        let chunk: Uint8Array = property(&read, "value").dyn_into().map_err(Error::from)?;
        length += chunk.length() as usize;
        chunks.push(chunk);
    }
    // The rest is of no interest; a stream that will not be cancelled changes nothing about the answer.
    let _ = JsFuture::from(reader.cancel()).await;
    Ok(joined(&chunks, max_bytes.saturating_add(1)))
}

fn joined(chunks: &[Uint8Array], length: usize) -> Vec<u8> {
    let mut body = vec![0; length];
    let mut rest = body.as_mut_slice();
    for chunk in chunks {
        let wanted = rest.len().min(chunk.length() as usize);
        let (place, after) = rest.split_at_mut(wanted);
        let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
        chunk.subarray(0, wanted).copy_to(place);
        rest = after;
    }
    body
}
