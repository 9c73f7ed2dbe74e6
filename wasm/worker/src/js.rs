//! The raw JavaScript calls: what the `worker` crate lacks, or does by bringing in more than all else here weighs.
//!
//! For the Workers of this project; not part of what the crate promises.
#![cfg_attr(
    not(feature = "receiver"),
    allow(dead_code, reason = "a consumer of messages needs one of them")
)]

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::Delay;

mod platform {
    use super::{Array, Function, JsValue, Promise, Uint8Array, wasm_bindgen};

    #[wasm_bindgen(module = "/src/platform.js")]
    extern "C" {
        pub(super) fn head(request: &web_sys::Request, names: &Array) -> String;
        pub(super) fn headers(request: &web_sys::Request) -> String;
        pub(super) fn body(request: &web_sys::Request, most: f64) -> Promise;
        pub(super) fn init(status: u16, headers: &Array) -> JsValue;
        #[wasm_bindgen(catch)]
        pub(super) fn respond(body: &JsValue, init: &JsValue)
        -> Result<web_sys::Response, JsValue>;
        #[wasm_bindgen(catch)]
        pub(super) fn keep(context: &JsValue) -> Result<Function, JsValue>;
        pub(super) fn ask(
            namespace: &JsValue,
            name: &str,
            address: &str,
            content: &Uint8Array,
        ) -> Promise;
        #[wasm_bindgen(catch)]
        pub(super) fn send(queue: &JsValue, message: &JsValue) -> Result<Promise, JsValue>;
        pub(super) fn bytes(request: &web_sys::Request) -> Promise;
        #[wasm_bindgen(catch)]
        pub(super) fn set_alarm(storage: &JsValue, at: f64) -> Result<Promise, JsValue>;
        #[wasm_bindgen(catch)]
        pub(super) fn alarm(storage: &JsValue) -> Result<Promise, JsValue>;
        pub(super) fn shortest(number: f64) -> String;
        pub(super) fn clear(storage: &JsValue) -> Promise;
        #[wasm_bindgen(catch)]
        pub(super) fn column(
            sql: &JsValue,
            statement: &str,
            values: &Array,
        ) -> Result<Array, JsValue>;
        #[wasm_bindgen(catch)]
        pub(super) fn words(thrown: &JsValue) -> Result<String, JsValue>;
    }

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = console)]
        pub(super) fn log(line: &str);
        #[wasm_bindgen(js_namespace = console)]
        pub(super) fn error(line: &str);
        #[wasm_bindgen(js_name = Number)]
        pub(super) fn number(json: &str) -> f64;
        #[wasm_bindgen(js_namespace = Date, js_name = now)]
        pub(super) fn date_now() -> f64;
    }
}

/// What went wrong, in words.
#[derive(Debug)]
pub struct Why(String);

/// What the platform does, or why it did not.
pub type Result<T> = std::result::Result<T, Why>;

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<JsValue> for Why {
    fn from(thrown: JsValue) -> Self {
        let words = platform::words(&thrown);
        Self(words.unwrap_or_else(|_| "something without words".to_owned()))
    }
}

impl From<String> for Why {
    fn from(words: String) -> Self {
        Self(words)
    }
}

impl From<&str> for Why {
    fn from(words: &str) -> Self {
        Self(words.to_owned())
    }
}

impl From<Why> for String {
    fn from(why: Why) -> Self {
        why.0
    }
}

impl From<Why> for worker::Error {
    fn from(why: Why) -> Self {
        Self::RustError(why.0)
    }
}

impl From<Why> for JsValue {
    fn from(why: Why) -> Self {
        js_sys::Error::new(&why.0).into()
    }
}

/// One line in the Worker's log.
pub fn log(line: &str) {
    platform::log(line);
}

/// Now, in Unix milliseconds. It is the one clock of a Worker: it stands still while no I/O is waited for.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a clock without a whole number of milliseconds in an i64 saturates"
)]
#[must_use]
pub fn now_ms() -> i64 {
    platform::date_now().floor() as i64
}

/// The same, for measuring with: before 1970 it stands at 0.
pub(crate) fn clock_ms() -> u64 {
    measured(now_ms())
}

/// A time of [`now_ms`], for measuring with.
pub(crate) fn measured(now_ms: i64) -> u64 {
    u64::try_from(now_ms).unwrap_or(0)
}

/// A time after which nobody waits any longer.
#[derive(Debug)]
pub struct Deadline(Delay);

impl Deadline {
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

/// The double that is nearest to a number in JSON.
pub(crate) fn nearest(json: &str) -> f64 {
    platform::number(json)
}

/// The shortest text in JSON that is read as this double.
pub(crate) fn shortest(number: f64) -> String {
    platform::shortest(number)
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

/// One line in the Worker's log, as an error.
pub(crate) fn log_error(line: &str) {
    platform::error(line);
}

/// A request's method and those of the named headers that it has, each on a line of its own; behind a blank line its address,
/// from the path on.
pub(crate) fn head(request: &web_sys::Request, names: &Array) -> String {
    platform::head(request, names)
}

/// All headers that a request has, each on a line of its own.
pub(crate) fn headers(request: &web_sys::Request) -> String {
    platform::headers(request)
}

/// Keeps a request's work from being dropped when whoever asked hangs up, until [`Self::end`].
pub(crate) struct Kept(Function);

impl Kept {
    pub(crate) fn by(context: &JsValue) -> Result<Self> {
        Ok(Self(platform::keep(context)?))
    }

    pub(crate) fn end(self) {
        // A promise's own resolve throws nothing.
        let _ = self.0.call0(&JsValue::UNDEFINED);
    }
}

/// An answer of which any number of responses can be made.
pub(crate) struct Answer {
    body: JsValue,
    init: JsValue,
}

impl Answer {
    pub(crate) fn new(
        status: u16,
        headers: impl Iterator<Item = (&'static str, &'static str)>,
        body: &str,
    ) -> Self {
        let pair = |(name, value): (&str, &str)| Array::of2(&name.into(), &value.into());
        Self {
            body: body.into(),
            init: platform::init(status, &headers.map(pair).collect()),
        }
    }

    pub(crate) fn response(&self) -> Result<web_sys::Response> {
        Ok(platform::respond(&self.body, &self.init)?)
    }
}

/// Sends a message, a text as the text it is: once this returns, the queue has it.
///
/// # Errors
///
/// What the queue said.
pub async fn send(queue: &JsValue, message: &JsValue) -> Result<()> {
    JsFuture::from(platform::send(queue, message)?).await?;
    Ok(())
}

/// The bytes that the ledger's object of this name answers to a POST of these.
pub(crate) async fn ask(
    namespace: &JsValue,
    name: &str,
    address: &str,
    content: &Uint8Array,
) -> Result<Uint8Array> {
    let answer = JsFuture::from(platform::ask(namespace, name, address, content)).await?;
    Ok(answer.unchecked_into())
}

/// All bytes of a request that comes from ourselves.
pub(crate) async fn bytes_of_request(request: &web_sys::Request) -> Result<Uint8Array> {
    let bytes = JsFuture::from(platform::bytes(request)).await?;
    Ok(bytes.unchecked_into())
}

/// A response of these bytes, or this text.
pub(crate) fn response(status: u16, body: &JsValue) -> Result<web_sys::Response> {
    let init = match status {
        200 => JsValue::UNDEFINED,
        _ => platform::init(status, &Array::new()),
    };
    Ok(platform::respond(body, &init)?)
}

/// Sets an object's alarm to this Unix second, which a date must be able to show.
#[expect(clippy::cast_precision_loss, reason = "no date is beyond 2^53 ms")]
pub(crate) async fn set_alarm(storage: &JsValue, at_seconds: i64) -> Result<()> {
    JsFuture::from(platform::set_alarm(storage, at_seconds as f64 * 1000.0)?).await?;
    Ok(())
}

/// The Unix second that an object's alarm is set for.
#[expect(clippy::cast_possible_truncation, reason = "no date is beyond 2^53 ms")]
pub(crate) async fn alarm(storage: &JsValue) -> Result<Option<i64>> {
    let milliseconds = JsFuture::from(platform::alarm(storage)?).await?.as_f64();
    Ok(milliseconds.map(|at| (at / 1000.0).floor() as i64))
}

/// Deletes all that an object has stored, its alarm too.
pub(crate) async fn clear(storage: &JsValue) -> Result<()> {
    JsFuture::from(platform::clear(storage)).await?;
    Ok(())
}

/// The first column of each row that a statement has.
pub(crate) fn column(sql: &JsValue, statement: &str, values: &Array) -> Result<Array> {
    Ok(platform::column(sql, statement, values)?)
}

/// All bytes of a response.
pub(crate) async fn bytes_of_response(response: &web_sys::Response) -> Result<Uint8Array> {
    let buffer = JsFuture::from(response.array_buffer()?).await?;
    Ok(Uint8Array::new(&buffer))
}

/// Reads a body, or `max_bytes` of it and one more, which shows that it is longer.
///
/// What has come is kept outside of wasm, whose memory never shrinks, until all of it is there.
///
/// # Errors
///
/// What the runtime said where the body could not be read to its end.
#[expect(
    clippy::cast_precision_loss,
    reason = "nothing that fits into memory is near to 2^53 bytes"
)]
pub(crate) async fn body(request: &web_sys::Request, max_bytes: usize) -> Result<Uint8Array> {
    let read = JsFuture::from(platform::body(request, max_bytes as f64)).await?;
    Ok(read.unchecked_into())
}
