//! The one loop over the steps that the core asks for.

use std::cell::Cell;

use crate::js::{Result, Why, clock_ms, measured, now_ms};
use overten_webhook::{Claim, Ending, Plain, Step};

/// What is done about each step. All of it is about one delivery.
pub(crate) trait Host {
    /// Claims the key, now. From here to the first await nothing else runs, and the clock stands still.
    fn claim(&self, lease_seconds: u64, now_ms: i64) -> Result<Claim>;

    /// Sends the delivery to the queue, marked where it is set aside: once this returns, the queue has it.
    async fn send(&self) -> Result<()>;

    /// Commits the claim; `false` where it was no longer held.
    async fn commit(&self) -> Result<bool>;

    /// Gives the claim back, where it is held.
    fn release(&self);
}

/// How a delivery ended, and the words for each failure on the way.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) ending: Ending,
    pub(crate) whys: Vec<Vec<u8>>,
}

/// Does what is asked until there is nothing left but to answer. `stands` always holds the step that is being done.
pub(crate) async fn drive(mut step: Step, host: &impl Host, stands: &Cell<Plain>) -> Done {
    let mut whys: Vec<Vec<u8>> = Vec::new();
    let mut failed = |why: Why| whys.push(String::from(why).into_bytes());
    let ending = loop {
        stands.set(step.to_plain());
        step = match step {
            Step::Claim(step) => {
                let now_ms = now_ms();
                let at_ms = measured(now_ms);
                match host.claim(step.lease_seconds(), now_ms) {
                    Ok(claim) => step.answered(claim, at_ms, at_ms),
                    Err(error) => {
                        failed(error);
                        step.failed()
                    }
                }
            }
            Step::HandOn(step) => match host.send().await {
                Ok(()) => step.done(clock_ms()),
                Err(error) => {
                    failed(error);
                    step.failed()
                }
            },
            Step::SetAside(step) => match host.send().await {
                Ok(()) => step.done(clock_ms()),
                Err(error) => {
                    failed(error);
                    step.failed()
                }
            },
            Step::Commit(step) => match host.commit().await {
                Ok(true) => step.done(),
                Ok(false) => step.lost(),
                Err(error) => {
                    failed(error);
                    step.failed()
                }
            },
            Step::Release(step) => {
                host.release();
                step.done()
            }
            Step::Answer(ending) => break ending,
        };
    };
    Done { ending, whys }
}
