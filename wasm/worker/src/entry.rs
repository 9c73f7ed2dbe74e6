//! The Worker as it is deployed.

use worker::{Context, Env, Request, Response, Result, event};

use crate::Receiver;

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    Receiver::from_env(&env).receive(request, &context).await
}
