//! The ledger: one Durable Object per run, which hands each of the run's deliveries to the queue once.
#![expect(
    missing_docs,
    reason = "`durable_object` generates methods for JavaScript that it does not document"
)]

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use overten_webhook::{Asked, Claim, LedgerEntry, Plain, Retention, Step, UnixSeconds};
use worker::{
    DurableObject, Env, Method, Request, Response, Result, State, console_error, durable_object,
};

use super::claims::{Claims, Token};
use super::environment;
use super::exchange::{BODIES_PATH, DELIVERIES_PATH, STEPS_PATH, Taken, Ticket};
use super::steps::{self, Host};
use super::tables::Tables;
use crate::js;

/// The Durable Object behind `LEDGER`: it claims a key, sends the delivery to the queue, and commits the key.
///
/// Who is handling what is kept in memory, what was committed in a table. So an object that is evicted or reset between
/// any two steps has either remembered a delivery that is in the queue or forgotten it, and Overten's retry is taken;
/// at worst a delivery is queued twice, with the same key. Keys are forgotten after the retention that the object's own
/// environment says, counted from the first acceptance, and the object deletes all it has once nothing is left.
///
/// It is spoken to by [`Receiver`](crate::Receiver) alone, but for the bodies that were too long for the queue, which
/// consumers fetch: see [`StoredBody`](crate::StoredBody).
#[durable_object(alarm)]
pub struct Ledger {
    env: Env,
    tables: Tables,
    claims: RefCell<Claims>,
    /// What is being handled, and the step it is at.
    at_work: RefCell<Vec<(Ticket, Rc<Cell<Plain>>)>>,
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger")
            .field("claims", &self.claims)
            .finish_non_exhaustive()
    }
}

impl DurableObject for Ledger {
    fn new(state: State, env: Env) -> Self {
        Self {
            env,
            tables: Tables::new(state.storage()),
            claims: RefCell::default(),
            at_work: RefCell::default(),
        }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let path = request.path();
        let answer = match (request.method(), path.strip_prefix(BODIES_PATH)) {
            (Method::Get, Some(id)) => self.stored_body(id),
            (Method::Post, None) if path == DELIVERIES_PATH => self.take(&request).await,
            (Method::Post, None) if path == STEPS_PATH => self.step_of(&request).await,
            _ => Response::error("no such path", 404),
        };
        answer.or_else(|error| Response::error(error.to_string(), 503))
    }

    async fn alarm(&self) -> Result<Response> {
        // The platform tries a failing alarm a few times, and then never again: then nothing would be forgotten any more.
        let retention = self.retention().ok();
        if let Err(error) = self.tables.forget(now(), retention).await {
            console_error!("LEDGER: could not forget what is due, tries again in a day: {error}");
            self.tables.wake_again(now()).await?;
        }
        Response::empty()
    }
}

impl Ledger {
    async fn take(&self, request: &Request) -> Result<Response> {
        let content = js::bytes_of_request(request).await?;
        let taken = Taken::decode(&content);
        let step = taken
            .as_ref()
            .and_then(|taken| Step::from_plain(&taken.claim))
            .filter(|step| step.asked() == Asked::Claim);
        let (Some(taken), Some(claim)) = (taken, step) else {
            return Response::error("not a delivery as this version takes it", 400);
        };
        let stands = Rc::new(Cell::new(taken.claim));
        self.at_work
            .borrow_mut()
            .push((taken.ticket, Rc::clone(&stands)));
        let holder = Holder {
            ledger: self,
            taken,
            token: Cell::new(None),
        };
        let done = steps::drive(claim, &holder, &stands).await;
        let mut at_work = self.at_work.borrow_mut();
        at_work.retain(|(_, other)| !Rc::ptr_eq(other, &stands));
        drop(at_work);
        done.into_response()
    }

    /// Which step a delivery is at, for a route whose time is up.
    async fn step_of(&self, request: &Request) -> Result<Response> {
        let asked = js::bytes_of_request(request).await?.to_vec();
        let at_work = self.at_work.borrow();
        match at_work.iter().find(|(ticket, _)| *ticket == *asked) {
            Some((_, stands)) => Response::from_bytes(stands.get().to_vec()),
            None => Response::error("nothing is known of it", 404),
        }
    }

    fn stored_body(&self, id: &str) -> Result<Response> {
        match self.tables.body(id)? {
            Some(bytes) => Response::from_bytes(bytes),
            None => Response::error("no such body: it was kept for 30 days", 404),
        }
    }

    fn retention(&self) -> Result<Retention> {
        environment::retention(&self.env).map_err(|error| error.to_string().into())
    }
}

/// One delivery, and the claim of its key where that was given.
struct Holder<'a> {
    ledger: &'a Ledger,
    taken: Taken,
    token: Cell<Option<Token>>,
}

impl Holder<'_> {
    fn holds(&self) -> bool {
        let token = self.token.get();
        token.is_some_and(|token| self.ledger.claims.borrow().holds(token))
    }
}

impl Host for Holder<'_> {
    fn claim(&self, lease_seconds: u64) -> Result<Claim> {
        let (key, now) = (&self.taken.key, now());
        let retention = self.ledger.retention()?;
        let judge = |entry| Claim::judge(entry, now, lease_seconds, retention);
        let mut claims = self.ledger.claims.borrow_mut();
        let mut claim = judge(claims.entry(key));
        if claim == Claim::New {
            let accepted_at = self.ledger.tables.accepted_at(key)?;
            claim = judge(accepted_at.map(|at| LedgerEntry::Committed { at }));
        }
        if claim == Claim::New {
            self.token.set(Some(claims.give(key, now)));
        }
        Ok(claim)
    }

    async fn send(&self) -> Result<()> {
        let queue = environment::deliveries(&self.ledger.env).map_err(|error| error.to_string())?;
        if let Some((id, bytes)) = &self.taken.body {
            // It stays if the queue fails: a queue whose answer was lost has the message, and its consumer will ask.
            self.ledger.tables.store(id, bytes, now()).await?;
        }
        js::send(queue.as_ref(), &self.taken.message.as_str().into()).await
    }

    async fn commit(&self) -> Result<bool> {
        let is_held = self.holds();
        let (key, retention) = (&self.taken.key, self.ledger.retention()?);
        let tables = &self.ledger.tables;
        tables.accept(key, is_held, now(), retention).await?;
        self.release();
        Ok(is_held)
    }

    fn release(&self) {
        if let Some(token) = self.token.take() {
            self.ledger.claims.borrow_mut().take_back(token);
        }
    }
}

fn now() -> UnixSeconds {
    UnixSeconds::from_milliseconds(js::now_ms())
}
