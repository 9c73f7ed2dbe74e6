//! A Worker around the receiver and its ledger that panics, or waits, where the header `x-planted` of a request says so.
//! Route and ledger are in one isolate, so one instance of the module runs both.
#![forbid(unsafe_code)]
#![expect(
    missing_docs,
    reason = "`durable_object` generates methods for JavaScript that it does not document"
)]

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use overten_webhook_worker::{Ledger, Receiver};
use worker::{
    Context, Delay, DurableObject, Env, Request, Response, Result, State, durable_object, event,
};

static IN_LEDGER: AtomicBool = AtomicBool::new(false);
static IN_NEW_LEDGER: AtomicBool = AtomicBool::new(false);
static WAITING: AtomicU32 = AtomicU32::new(0);

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    match request.headers().get("x-planted")?.as_deref() {
        Some("route") => panic!("planted in the route"),
        Some("route, later") => {
            Delay::from(Duration::from_millis(1)).await;
            panic!("planted in the route, later");
        }
        Some("stack") => return Response::ok(endless(0).to_string()),
        Some("ledger") => IN_LEDGER.store(true, Ordering::Relaxed),
        Some("new ledger") => IN_NEW_LEDGER.store(true, Ordering::Relaxed),
        Some("wait") => {
            WAITING.fetch_add(1, Ordering::Relaxed);
            Delay::from(Duration::from_secs(60)).await;
        }
        Some("waiting") => return Response::ok(WAITING.load(Ordering::Relaxed).to_string()),
        _ => {}
    }
    Receiver::from_env(&env).receive(request, &context).await
}

#[expect(unconditional_recursion, reason = "it is to run out of stack")]
fn endless(depth: u64) -> u64 {
    black_box(endless(black_box(depth + 1))) + 1
}

/// The ledger, with a way to panic. The receiver's binding is to this class.
#[durable_object(alarm)]
#[derive(Debug)]
pub struct Planted {
    ledger: Ledger,
}

impl DurableObject for Planted {
    fn new(state: State, env: Env) -> Self {
        assert!(
            !IN_NEW_LEDGER.load(Ordering::Relaxed),
            "planted in a new ledger"
        );
        let ledger = DurableObject::new(state, env);
        Self { ledger }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        assert!(!IN_LEDGER.load(Ordering::Relaxed), "planted in the ledger");
        DurableObject::fetch(&self.ledger, request).await
    }

    async fn alarm(&self) -> Result<Response> {
        DurableObject::alarm(&self.ledger).await
    }
}
