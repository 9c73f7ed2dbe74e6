//! The Worker as it is deployed.

use worker::{Context, Env, Result, event};

use crate::Receiver;

#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, context: Context) -> Result<web_sys::Response> {
    Ok(Receiver::from_env(&env).answer(request, &context).await?)
}
