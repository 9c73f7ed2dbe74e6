//! The ledger: one Durable Object per run, which hands each of the run's deliveries to the queue once.
#![expect(
    missing_docs,
    reason = "`durable_object` generates methods for JavaScript that it does not document"
)]

use std::cell::RefCell;
use std::fmt;

use overten_webhook::{Claim, LedgerEntry, Retention, Tolerance, UnixSeconds};
use worker::{DurableObject, Env, Method, Request, Response, Result, State, durable_object};

use crate::claims::{Claims, judge};
use crate::parcel::{BODIES_PATH, DELIVERIES_PATH, Parcel};
use crate::shelf::Shelf;
use crate::{clock, environment, queue};

/// The Durable Object behind `LEDGER`: it claims a key, sends the delivery to the queue, and remembers it.
///
/// Who is handling what is kept in memory, what was handed on in a table. So an object that is evicted or reset between
/// any two steps has either remembered a delivery that is in the queue or forgotten it, and Overten's retry is taken;
/// at worst a delivery is queued twice, with the same key. Keys are forgotten after the retention, counted from the
/// first acceptance, and the object deletes all it has once nothing is left.
///
/// It is spoken to by [`Receiver`](crate::Receiver) alone, but for the bodies that were too long for the queue, which
/// consumers fetch: see [`StoredBody`](crate::StoredBody).
#[durable_object(alarm)]
pub struct Ledger {
    shelf: Shelf,
    env: Env,
    claims: RefCell<Claims>,
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
            shelf: Shelf::new(state.storage()),
            env,
            claims: RefCell::default(),
        }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let path = request.path();
        let answer = match (request.method(), path.strip_prefix(BODIES_PATH)) {
            (Method::Get, Some(id)) => self.stored_body(id),
            (Method::Post, None) if path == DELIVERIES_PATH => self.take_in(request).await,
            _ => Response::error("no such path", 404),
        };
        answer.or_else(|error| Response::error(error.to_string(), 503))
    }

    async fn alarm(&self) -> Result<Response> {
        self.tidy().await?;
        Response::empty()
    }
}

impl Ledger {
    async fn take_in(&self, request: Request) -> Result<Response> {
        let parcel = Parcel::from_request(request).await?;
        let now = clock::now();
        let claim = self.judge(&parcel, now)?;
        if claim == Claim::New {
            // From here to the first await nothing else runs, so that of many equal deliveries one comes this far.
            self.claims.borrow_mut().take(&parcel.key, now);
            let handed_on = self.hand_on(&parcel, now).await;
            self.claims.borrow_mut().release(&parcel.key, now);
            if let Err(error) = handed_on {
                self.tidy().await?;
                return Err(error);
            }
        }
        Response::ok(claim.as_str())
    }

    fn judge(&self, parcel: &Parcel, now: UnixSeconds) -> Result<Claim> {
        let retention = Retention::new(parcel.retention_seconds, Tolerance::off())
            .map_err(|error| error.to_string())?;
        let claimed = judge(self.claims.borrow().entry(&parcel.key), now, retention);
        if claimed == Claim::InFlight {
            return Ok(claimed);
        }
        let accepted = self.shelf.accepted_at(&parcel.key)?;
        Ok(judge(
            accepted.map(|at| LedgerEntry::Committed { at }),
            now,
            retention,
        ))
    }

    /// The object may die between any two of these steps.
    async fn hand_on(&self, parcel: &Parcel, now: UnixSeconds) -> Result<()> {
        let deliveries = environment::deliveries(&self.env).map_err(|error| error.to_string())?;
        if let Some(body) = &parcel.body {
            // It stays if the queue fails: a queue whose answer was lost has the message, and its consumer will ask.
            self.shelf.store(body, now).await?;
        }
        queue::send(&deliveries, &parcel.message).await?;
        self.shelf
            .accept(&parcel.key, now, parcel.retention_seconds)
            .await
    }

    fn stored_body(&self, id: &str) -> Result<Response> {
        match self.shelf.body(id)? {
            Some(bytes) => Response::from_bytes(bytes),
            None => Response::error("no such body: it was kept for 30 days", 404),
        }
    }

    async fn tidy(&self) -> Result<()> {
        let now = clock::now();
        let is_idle = self.claims.borrow().is_idle(now);
        self.shelf.tidy(now, is_idle).await
    }
}
