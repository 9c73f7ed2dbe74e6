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
//! A 2xx acknowledges the message; anything else, a redirect or 30 s of silence included, has the queue deliver it
//! again, and after its last attempt the dead-letter queue keeps it. The origin must tell this Worker from a stranger:
//! the deliveries are no longer signed.
#![forbid(unsafe_code)]

use futures_util::future::join_all;

use overten_webhook_worker::Message;
use serde::Serialize;
use worker::{
    AbortSignal, Context, Env, Error, Fetch, Headers, MessageBatch, MessageExt, RawMessage,
    Request, ResponseBody, Result, console_log, event, js_sys::Uint8Array,
};

/// How long an origin may take to answer: a batch takes as long as its slowest message, and the next one waits for it.
const PATIENCE_MS: u32 = 30_000;

#[event(queue)]
async fn queue(batch: MessageBatch<()>, env: Env, _context: Context) -> Result<()> {
    join_all(batch.raw_iter().map(|message| settle(message, &env))).await;
    Ok(())
}

/// Forwards one message, acknowledges it or has it tried again, and logs a line about it.
async fn settle(message: RawMessage, env: &Env) {
    let text = message.body().as_string().unwrap_or_default();
    let mut line = LogLine::default();
    match forward(&text, env, &mut line).await {
        Ok(()) => {
            line.code = "forwarded";
            message.ack();
        }
        Err(error) => {
            line.code = "retried";
            line.detail = Some(error.to_string());
            message.retry();
        }
    }
    console_log!("{}", serde_json::to_string(&line).unwrap_or_default());
}

async fn forward(text: &str, env: &Env, line: &mut LogLine) -> Result<()> {
    let message = Message::parse(text)?;
    line.key = Some(message.key.clone());
    let body = message
        .fetch_body(env.durable_object("LEDGER").ok().as_ref())
        .await?;
    let status = post(request(&message, &body, env)?).await?;
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

fn request(message: &Message, body: &[u8], env: &Env) -> Result<Request> {
    let headers = Headers::new();
    headers.set("Idempotency-Key", &message.key)?;
    headers.set("X-Overten-Timestamp", &message.timestamp.to_string())?;
    if message.quarantined {
        headers.set("Content-Type", "application/octet-stream")?;
        headers.set("X-Overten-Quarantined", "true")?;
    } else {
        headers.set("Content-Type", "application/json")?;
    }
    if let Ok(authorization) = env.secret("ORIGIN_AUTHORIZATION") {
        // The runtime's own words could show the value.
        headers
            .set("Authorization", &authorization.to_string())
            .map_err(|_| "ORIGIN_AUTHORIZATION: cannot be sent as a header; is it one line?")?;
    }
    // Not `worker::RequestInit`, which brings a serializer for options that are not needed here.
    let init = web_sys::RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers.0);
    init.set_redirect(web_sys::RequestRedirect::Manual);
    init.set_body(&Uint8Array::from(body));
    let origin = env
        .var("ORIGIN_URL")
        .map_err(|error| format!("ORIGIN_URL: {error}"))?;
    let origin = origin.to_string();
    if !origin.starts_with("https://") && !origin.starts_with("http://") {
        return Err("ORIGIN_URL: must begin with https:// or http://".into());
    }
    match web_sys::Request::new_with_str_and_init(&origin, &init) {
        Ok(request) => Ok(request.into()),
        Err(error) => Err(format!("ORIGIN_URL: {}", Error::from(error)).into()),
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
