//! Where a delivery goes: through the ledger to the queue, or straight to the queue where there is no ledger.

use std::cell::Cell;

use overten_webhook::Claim;
use worker::{Env, ObjectNamespace, Queue, Result, console_log};

use crate::environment;
use crate::parcel::Parcel;
use crate::queue;
use crate::settings::SettingError;

thread_local! {
    static HAS_WARNED: Cell<bool> = const { Cell::new(false) };
}

/// The bindings that a delivery passes.
pub(crate) enum WayOn {
    /// The ledger sends, since only it can tell what was sent.
    Ledger(ObjectNamespace),
    /// Every delivery is sent, duplicates among them.
    Queue(Queue),
}

impl WayOn {
    /// What is bound. The queue must be there either way: the ledger object has the same environment.
    pub(crate) fn of(env: &Env) -> Result<Self, SettingError> {
        let queue = environment::deliveries(env)?;
        Ok(match environment::ledger(env)? {
            Some(ledger) => Self::Ledger(ledger),
            None => {
                warn_once();
                Self::Queue(queue)
            }
        })
    }

    /// Hands the parcel on unless its key is known.
    pub(crate) async fn hand_on(&self, parcel: Parcel) -> Result<Claim> {
        match self {
            Self::Ledger(ledger) => parcel.deliver(ledger).await,
            Self::Queue(_) if parcel.body.is_some() => Err(
                "the message is too long for the queue: bind LEDGER, which keeps such bodies"
                    .into(),
            ),
            Self::Queue(queue) => queue::send(queue, &parcel.message)
                .await
                .map(|()| Claim::New),
        }
    }
}

fn warn_once() {
    if !HAS_WARNED.replace(true) {
        console_log!(
            r#"{{"level":"warn","detail":"LEDGER is not bound: duplicates pass through to the queue"}}"#
        );
    }
}
