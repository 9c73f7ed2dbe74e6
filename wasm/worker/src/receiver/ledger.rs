//! The ledger: one Durable Object per run, which hands each of the run's deliveries to the queue once.
use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use js_sys::Uint8Array;
use overten_webhook::{Asked, Claim, LedgerEntry, Plain, Retention, Step, UnixSeconds};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Request, Response};
use worker::{DurableObject, Env, State, has_durable_object_attribute};

use super::claims::{Claims, Token};
use super::environment;
use super::exchange::{BODIES_PATH, DELIVERIES_PATH, STEPS_PATH, Taken, Ticket};
use super::steps::{self, Host};
use super::tables::Tables;
use crate::js::{self, Result};

/// The Durable Object behind `LEDGER`: it claims a key, sends the delivery to the queue, and commits the key.
///
/// Who is handling what is kept in memory, what was committed in a table. So an object that is evicted or reset between
/// any two steps has either remembered a delivery that is in the queue or forgotten it, and Overten's retry is taken;
/// at worst a delivery is queued twice, with the same key. Keys are forgotten after the retention that the object's own
/// environment says, counted from the first acceptance, and the object deletes all it has once nothing is left.
///
/// It is spoken to by [`Receiver`](crate::Receiver) alone, but for the bodies that were too long for the queue, which
/// consumers fetch: see [`StoredBody`](crate::StoredBody).
#[wasm_bindgen]
pub struct Ledger {
    env: JsValue,
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

/// As JavaScript has it.
#[wasm_bindgen]
impl Ledger {
    /// The object with this state.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(state: &JsValue, env: JsValue) -> Self {
        Self {
            env,
            tables: Tables::new(state),
            claims: RefCell::default(),
            at_work: RefCell::default(),
        }
    }

    /// Answers the receiver, or a consumer.
    ///
    /// # Errors
    ///
    /// Only where the runtime refuses to make a response.
    pub async fn fetch(&self, request: Request) -> std::result::Result<Response, JsValue> {
        Ok(self
            .answer(&request)
            .await
            .or_else(|why| refuse(503, &why.to_string()))?)
    }

    /// Forgets what is due.
    ///
    /// # Errors
    ///
    /// Where nothing could be forgotten, and no alarm be set again.
    pub async fn alarm(&self) -> std::result::Result<(), JsValue> {
        // The platform tries a failing alarm a few times, and then never again: then nothing would be forgotten any more.
        let retention = self.retention().ok();
        if let Err(why) = self.tables.forget(now(), retention).await {
            js::log_error(&format!(
                "LEDGER: could not forget what is due, tries again in a day: {why}"
            ));
            self.tables.wake_again(now()).await?;
        }
        Ok(())
    }
}

/// For an object of one's own around it.
impl DurableObject for Ledger {
    fn new(state: State, env: Env) -> Self {
        Self::new(state.as_raw(), env.into())
    }

    async fn fetch(&self, request: worker::Request) -> worker::Result<worker::Response> {
        let request = Clone::clone(request.inner());
        Ok(Self::fetch(self, request).await?.into())
    }

    async fn alarm(&self) -> worker::Result<worker::Response> {
        Self::alarm(self).await?;
        worker::Response::empty()
    }
}

impl has_durable_object_attribute for Ledger {}

impl Ledger {
    async fn answer(&self, request: &Request) -> Result<Response> {
        let (method, address) = (request.method(), request.url());
        let path = path_of(&address);
        match (method.as_str(), path.strip_prefix(BODIES_PATH)) {
            ("GET", Some(id)) => self.stored_body(id),
            ("POST", None) if path == DELIVERIES_PATH => self.take(request).await,
            ("POST", None) if path == STEPS_PATH => self.step_of(request).await,
            _ => refuse(404, "no such path"),
        }
    }

    async fn take(&self, request: &Request) -> Result<Response> {
        let content = js::bytes_of_request(request).await?;
        let taken = Taken::decode(&content);
        let step = taken
            .as_ref()
            .and_then(|taken| Step::from_plain(&taken.claim))
            .filter(|step| step.asked() == Asked::Claim);
        let (Some(taken), Some(claim)) = (taken, step) else {
            return refuse(400, "not a delivery as this version takes it");
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
        js::response(200, &done.encode())
    }

    /// Which step a delivery is at, for a route whose time is up.
    async fn step_of(&self, request: &Request) -> Result<Response> {
        let asked = js::bytes_of_request(request).await?.to_vec();
        let at_work = self.at_work.borrow();
        match at_work.iter().find(|(ticket, _)| *ticket == *asked) {
            Some((_, stands)) => js::response(200, &Uint8Array::from(stands.get().as_slice())),
            None => refuse(404, "nothing is known of it"),
        }
    }

    fn stored_body(&self, id: &str) -> Result<Response> {
        match self.tables.body(id)? {
            Some(bytes) => js::response(200, &bytes),
            None => refuse(404, "no such body: it was kept for 30 days"),
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
    fn claim(&self, lease_seconds: u64, now_ms: i64) -> Result<Claim> {
        let (key, now) = (&self.taken.key, UnixSeconds::from_milliseconds(now_ms));
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
        js::send(&queue, &self.taken.message.as_str().into()).await
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

fn refuse(status: u16, why: &str) -> Result<Response> {
    js::response(status, &why.into())
}

/// The path in an address that the platform has written out.
fn path_of(address: &str) -> &str {
    let from_host = address.split_once("//").map_or(address, |(_, rest)| rest);
    let path = from_host.find('/').map_or("/", |at| &from_host[at..]);
    path.split(['?', '#']).next().unwrap_or(path)
}

fn now() -> UnixSeconds {
    UnixSeconds::from_milliseconds(js::now_ms())
}
