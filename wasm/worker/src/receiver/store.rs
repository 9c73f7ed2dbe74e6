//! Which half does the work: the run's ledger object, or the route itself where there is no ledger.

use std::cell::Cell;
use std::pin::pin;

use overten_webhook::{Claim, Plain, Step};
use wasm_bindgen::JsValue;

use super::exchange::{DELIVERIES_PATH, STEPS_PATH, Taken, Ticket, plain};
use super::outgoing::Outgoing;
use super::steps::{self, Done, Host};
use crate::js::{self, Deadline, Result, Why};

/// How long an object is waited for that is asked where it stands, in milliseconds: it knows.
const TELLS_WITHIN_MS: u64 = 1000;

/// What is bound.
pub(crate) enum Store {
    /// The ledger sends to the queue, since only it can tell what was sent.
    Ledger(JsValue),
    /// Every key is new, so duplicates are sent to the queue too.
    Nothing(JsValue),
}

/// One delivery on its way through the half that does the work.
pub(crate) struct Handling<'a> {
    store: &'a Store,
    outgoing: &'a Outgoing<'a>,
    ticket: Ticket,
    claim: Plain,
    /// Where it stands, where that is known here.
    stands: Cell<Plain>,
}

impl Store {
    pub(crate) fn handle<'a>(&'a self, outgoing: &'a Outgoing<'a>, claim: Plain) -> Handling<'a> {
        let stands = Cell::new(claim);
        Handling {
            store: self,
            outgoing,
            ticket: js::random(),
            claim,
            stands,
        }
    }
}

impl Handling<'_> {
    /// Takes all the steps, of which `claim` is the first.
    pub(crate) async fn run(&self, claim: Step) -> Done {
        let queue = match self.store {
            Store::Nothing(queue) => Ok(queue),
            Store::Ledger(namespace) => match self.run_in(namespace).await {
                Ok(done) => return done,
                Err(error) => Err(Cell::new(Some(error))),
            },
        };
        let host = Here {
            queue,
            outgoing: self.outgoing,
        };
        steps::drive(claim, &host, &self.stands).await
    }

    /// Which step it is at.
    pub(crate) async fn step(&self) -> Option<Step> {
        if let Store::Ledger(namespace) = self.store {
            let asked = pin!(self.told(namespace));
            let told = Deadline::after(TELLS_WITHIN_MS).before(asked).await;
            if let Some(Some(step)) = told {
                return Some(step);
            }
        }
        Step::from_plain(&self.stands.get())
    }

    async fn run_in(&self, namespace: &JsValue) -> Result<Done> {
        let Outgoing {
            key, message, body, ..
        } = self.outgoing;
        let body = body.as_ref().map(|body| (body.id.as_str(), body.bytes));
        let content = Taken::encode(&self.ticket, &self.claim, key, message, body);
        let answer = self.ask(namespace, DELIVERIES_PATH, &content).await?;
        Done::decode(&answer)
            .ok_or_else(|| "the ledger answered what this version does not know".into())
    }

    /// Which step the object says that it is at.
    async fn told(&self, namespace: &JsValue) -> Option<Step> {
        let ticket = js_sys::Uint8Array::from(self.ticket.as_slice());
        let answer = self.ask(namespace, STEPS_PATH, &ticket).await.ok()?;
        Step::from_plain(&plain(&answer.to_vec())?)
    }

    async fn ask(
        &self,
        namespace: &JsValue,
        path: &str,
        content: &js_sys::Uint8Array,
    ) -> Result<js_sys::Uint8Array> {
        let address = format!("https://ledger{path}");
        js::ask(namespace, &self.outgoing.object, &address, content).await
    }
}

/// The route itself: without a ledger nothing is claimed, and nothing remembered. Where a ledger could not be reached, or did
/// not answer, there is no queue but why: what it claimed all the same, it releases or commits itself.
struct Here<'a> {
    queue: std::result::Result<&'a JsValue, Cell<Option<Why>>>,
    outgoing: &'a Outgoing<'a>,
}

impl Host for Here<'_> {
    fn claim(&self, _: u64, _: i64) -> Result<Claim> {
        match &self.queue {
            Ok(_) => Ok(Claim::New),
            Err(why) => Err(why.take().unwrap_or_else(|| "no answer".into())),
        }
    }

    async fn send(&self) -> Result<()> {
        let Ok(queue) = &self.queue else {
            return Err("nothing was claimed".into());
        };
        if self.outgoing.body.is_some() {
            return Err(
                "the message is too long for the queue: bind LEDGER, which keeps such bodies"
                    .into(),
            );
        }
        js::send(queue, &self.outgoing.message.as_str().into()).await
    }

    async fn commit(&self) -> Result<bool> {
        Ok(true)
    }

    fn release(&self) {}
}
