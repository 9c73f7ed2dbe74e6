//! A Worker of your own that mounts the Overten receiver in its router.
//!
//! The receiver judges path and method itself, by `WEBHOOK_PATH`, so everything that is not yours goes to it.
#![forbid(unsafe_code)]

pub use overten_webhook_worker::Ledger;
use overten_webhook_worker::Receiver;
use worker::{Context, Env, Request, Response, Result, Router, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    Router::with_data(context)
        .get("/health", |_, route| {
            match Receiver::from_env(&route.env).problem() {
                None => Response::ok("ok"),
                Some(problem) => Response::error(problem, 503),
            }
        })
        .or_else_any_method_async("/*path", |request, route| async move {
            Receiver::from_env(&route.env)
                .receive(request, &route.data)
                .await
        })
        .run(request, env)
        .await
}
