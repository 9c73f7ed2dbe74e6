//! A Worker that consumes the receiver's queue and posts each delivery to an origin.
//!
//! The origin gets the body byte for byte as Overten signed it, with these headers:
//!
//! | header | value |
//! | --- | --- |
//! | `Idempotency-Key` | the delivery's key: a queue delivers at least once, so skip a key that was handled |
//! | `Content-Type` | `application/json`; `application/octet-stream` for a quarantined delivery |
//! | `X-Overten-Quarantined` | `true` for a delivery that is authentic but could not be read; otherwise absent |
//! | `X-Overten-Timestamp` | the signed timestamp, in Unix seconds |
//! | `Authorization` | the secret `ORIGIN_AUTHORIZATION`, where it is set |
//!
//! A 2xx acknowledges the message; anything else, a redirect or 30 s of silence (the ledger's too) included, has the queue deliver it again
//! after as long as it has waited already (30 s at least, 4 hours at most), and after its last attempt the dead-letter
//! queue keeps it. The origin must tell this Worker from a stranger: the deliveries are no longer signed.
//!
//! With a queue bound as `PUT_BACK` (`put_back.toml`) it forwards nothing, and puts each message into that queue as it is:
//! the way back for dead letters.
#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::pin::pin;

use futures_util::future::join_all;

use overten_webhook_worker::{
    Message,
    js::{self, Deadline},
};
use serde::Serialize;
use web_sys::Url;
use worker::{
    AbortSignal, Context, Env, Fetch, Headers, MessageBatch, MessageExt, QueueRetryOptionsBuilder,
    RawMessage, Request, ResponseBody, Result, event, js_sys::Uint8Array, wasm_bindgen::JsValue,
};

/// How long an origin may take to answer, and the ledger with a body before it: a batch takes as long as its slowest message, and the next one waits for it.
const PATIENCE_MS: u32 = 30_000;

/// How many messages are handled at once: each holds a body and a connection, and a Worker has memory for few of the one,
/// and six of the other. A post that waited for a connection would be given up before it began.
const AT_ONCE: usize = 4;

/// The shortest and the longest time until a message is tried again, in seconds.
const RETRY_SECONDS: (i64, i64) = (30, 4 * 60 * 60);

/// The shortest such time where a setting must be mended first.
const MISCONFIGURED_RETRY_SECONDS: i64 = 60 * 60;

#[event(queue)]
async fn queue(batch: MessageBatch<()>, env: Env, _context: Context) -> Result<()> {
    let way = Way::of(&env);
    let messages = RefCell::new(batch.raw_iter());
    let in_turn = |_| async {
        loop {
            let Some(message) = messages.borrow_mut().next() else {
                return;
            };
            settle(&message, &way, &env).await;
        }
    };
    join_all((0..AT_ONCE).map(in_turn)).await;
    Ok(())
}

/// Where messages go.
enum Way {
    /// To an origin.
    Forward(Origin),
    /// Back into this queue.
    PutBack(JsValue),
    /// Nowhere before this is mended.
    Misconfigured(String),
}

impl Way {
    fn of(env: &Env) -> Self {
        let queue = js::property(env, "PUT_BACK");
        if queue.is_object() {
            return Self::PutBack(queue);
        }
        Origin::of(env).map_or_else(Self::Misconfigured, Self::Forward)
    }
}

/// Takes one message its way, acknowledges it or has it tried again, and logs a line about it.
async fn settle(message: &RawMessage, way: &Way, env: &Env) {
    let mut line = LogLine::default();
    let (code, done) = match way {
        Way::Forward(origin) => ("forwarded", forward(message, origin, env, &mut line).await),
        Way::PutBack(queue) => {
            let sent = js::send(queue, &message.body()).await;
            ("put_back", sent.map_err(Into::into))
        }
        Way::Misconfigured(why) => ("misconfigured", Err(why.as_str().into())),
    };
    line.code = code;
    match done {
        Ok(()) => message.ack(),
        Err(error) => {
            let (mut shortest, longest) = RETRY_SECONDS;
            if let Way::Misconfigured(_) = way {
                shortest = MISCONFIGURED_RETRY_SECONDS;
            } else {
                line.code = "retried";
            }
            line.detail = Some(error.to_string());
            let sent_at_ms = i64::try_from(message.timestamp().as_millis()).unwrap_or(0);
            let waited = js::now_ms().saturating_sub(sent_at_ms) / 1000;
            let delay = u32::try_from(waited.clamp(shortest, longest)).unwrap_or_default();
            let options = QueueRetryOptionsBuilder::new().with_delay_seconds(delay);
            message.retry_with_options(&options.build());
        }
    }
    js::log(&serde_json::to_string(&line).unwrap_or_default());
}

async fn forward(
    message: &RawMessage,
    origin: &Origin,
    env: &Env,
    line: &mut LogLine,
) -> Result<()> {
    let text = message.body().as_string().unwrap_or_default();
    let message = Message::parse(&text)?;
    line.key = Some(message.key.clone());
    let ledger = env.durable_object("LEDGER").ok();
    let body = pin!(message.fetch_body(ledger.as_ref()));
    let body = Deadline::after(PATIENCE_MS.into()).before(body).await;
    let body = body.ok_or("the ledger did not answer in time")??;
    let status = post(origin.request(&message, &body)?).await?;
    line.status = Some(status);
    if (200..300).contains(&status) {
        Ok(())
    } else {
        Err("the origin did not answer 2xx".into())
    }
}

/// What status the origin answers. The rest of its answer is not read, and hung up on: it would hold a connection, of
/// which a Worker has few.
async fn post(request: Request) -> Result<u16> {
    let patience = AbortSignal::from(web_sys::AbortSignal::timeout_with_u32(PATIENCE_MS));
    let response = Fetch::Request(request)
        .send_with_signal(&patience)
        .await
        .map_err(|error| format!("the origin did not answer: {error}"))?;
    if let ResponseBody::Stream(body) = response.body() {
        let _ = body.cancel();
    }
    Ok(response.status_code())
}

/// Where deliveries are posted to, and what it knows this Worker by.
struct Origin {
    url: String,
    authorization: Option<String>,
}

impl Origin {
    /// # Errors
    ///
    /// The variable that cannot be used, and what to do; never its value.
    fn of(env: &Env) -> std::result::Result<Self, String> {
        let text = |name| js::property(env, name).as_string();
        let url = text("ORIGIN_URL").ok_or("ORIGIN_URL: set it to the address to post to")?;
        let parsed = Url::new(&url).ok();
        let parsed = parsed.filter(|url| matches!(url.protocol().as_str(), "https:" | "http:"));
        let parsed = parsed.ok_or("ORIGIN_URL: must be a whole URL with https:// or http://")?;
        if !parsed.username().is_empty() || !parsed.password().is_empty() {
            return Err("ORIGIN_URL: must hold no user and password: put them in ORIGIN_AUTHORIZATION, which is not logged".to_owned());
        }
        let authorization = text("ORIGIN_AUTHORIZATION");
        let value = js::property(env, "ORIGIN_AUTHORIZATION");
        if authorization.is_none() && !value.is_null() && !value.is_undefined() {
            return Err(
                "ORIGIN_AUTHORIZATION: must be text, as `wrangler secret put` makes it".to_owned(),
            );
        }
        if let Some(value) = &authorization {
            let fits = Headers::new().set("Authorization", value).is_ok();
            if !fits || value.trim().is_empty() {
                return Err(
                    "ORIGIN_AUTHORIZATION: must be one line that is not empty, or not be set"
                        .to_owned(),
                );
            }
        }
        Ok(Self { url, authorization })
    }

    fn request(&self, message: &Message, body: &[u8]) -> Result<Request> {
        let headers = Headers::new();
        headers.set("Idempotency-Key", &message.key)?;
        headers.set("X-Overten-Timestamp", &message.timestamp.to_string())?;
        if message.quarantined {
            headers.set("Content-Type", "application/octet-stream")?;
            headers.set("X-Overten-Quarantined", "true")?;
        } else {
            headers.set("Content-Type", "application/json")?;
        }
        if let Some(authorization) = &self.authorization {
            headers.set("Authorization", authorization)?;
        }
        // Not `worker::RequestInit`, which brings a serializer for options that are not needed here.
        let init = web_sys::RequestInit::new();
        init.set_method("POST");
        init.set_headers(&headers.0);
        init.set_redirect(web_sys::RequestRedirect::Manual);
        init.set_body(&Uint8Array::from(body));
        let request = web_sys::Request::new_with_str_and_init(&self.url, &init);
        // The runtime's own words could show the address.
        request
            .map(Into::into)
            .map_err(|_| "ORIGIN_URL: cannot be posted to".into())
    }
}

/// What became of one message; absent fields are left out.
#[derive(Debug, Default, Serialize)]
struct LogLine {
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}
