//! A Worker of your own that mounts the Overten receiver beside its own route.
//!
//! The receiver judges path and method itself, by `WEBHOOK_PATH`, so everything that is not yours goes to it, whatever the
//! method: what a router of yours refuses, Overten takes for final.
#![forbid(unsafe_code)]

pub use overten_webhook_worker::Ledger;
use overten_webhook_worker::Receiver;
use worker::{Context, Env, Method, Request, Response, Result, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    let receiver = Receiver::from_env(&env);
    match (request.method(), request.path().as_str()) {
        (Method::Get, "/health") => match receiver.problem() {
            None => Response::ok("ok"),
            // What it is, the log says: anybody can ask here.
            Some(_) => Response::error("misconfigured", 503),
        },
        _ => receiver.receive(request, &context).await,
    }
}
