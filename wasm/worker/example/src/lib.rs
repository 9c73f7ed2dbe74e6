//! A Worker of your own that mounts the Overten receiver in its router.
//!
//! The receiver judges path and method itself, by `WEBHOOK_PATH`, so everything that is not yours goes to it.
#![forbid(unsafe_code)]

pub use overten_webhook_worker::Ledger;
use overten_webhook_worker::Receiver;
use worker::{Context, Env, Request, Response, Result, Router, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    Router::new()
        .get("/health", |_, _| Response::ok("ok"))
        .or_else_any_method_async("/*path", |request, context| async move {
            Receiver::from_env(&context.env).receive(request).await
        })
        .run(request, env)
        .await
}
