//! The Worker as it is deployed.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Request, Response};
use worker::{Context, Env, worker_sys};

use crate::Receiver;

/// The `fetch` event, as the platform has it: `worker`'s own would make objects of it that nothing here looks at.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "JavaScript reaches it")]
pub async fn fetch(
    request: Request,
    env: Env,
    context: worker_sys::Context,
) -> Result<Response, JsValue> {
    let context = Context::new(context);
    Ok(Receiver::from_env(&env).answer(request, &context).await?)
}
