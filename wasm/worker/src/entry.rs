//! The Worker as it is deployed.

use worker::{Context, Env, Request, Response, Result, event};

use crate::Receiver;

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    Receiver::from_env(&env).receive(request).await
}
