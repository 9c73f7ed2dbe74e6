//! The listener's own way of doing core's steps, and of what follows a request: keeping, showing, explaining.

use std::sync::Arc;
use std::time::Duration;

use hyper::body::{Bytes, Incoming};
use overten_webhook::{Claim, Code};
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use super::clock::Clock;
use super::explaining::{Explaining, Puzzle};
use super::folder::Folder;
use super::ledger::{self, Claimant};
use super::outbox;
use super::reception::{Ended, Shell, Taken, read_at_most};
use super::saved::{self, Rank, Received};
use super::shown::{Screen, Shown};
use super::store::{Durable, Store};

/// How long the rest of a body is waited for that nobody needs for the answer.
const REST_WITHIN: Duration = Duration::from_secs(2);

/// What a listener is made of, but for core's receiver.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) store: Store,
    pub(crate) screen: Screen,
    pub(crate) explaining: Arc<Explaining>,
    pub(crate) clock: Clock,
    pub(crate) at_work: TaskTracker,
    /// The most bytes of deliveries that are kept.
    pub(crate) most_bytes: u64,
    /// The most bytes of one body.
    pub(crate) max_body_bytes: u64,
    pub(crate) selection: Selection,
    pub(crate) folder: Folder,
    /// Told of each delivery that is to be forwarded; None where another listener forwards, or none does.
    pub(crate) forwarding: Option<Arc<Notify>>,
}

/// Which events are shown and forwarded: all, where none is named.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selection(pub(crate) Vec<String>);

impl Selection {
    fn has(&self, event: Option<&str>) -> bool {
        self.0.is_empty() || event.is_some_and(|event| self.0.iter().any(|name| name == event))
    }

    /// What is no event at all is shown in any case: it went wrong.
    fn shows(&self, event: Option<&str>) -> bool {
        event.is_none() || self.has(event)
    }
}

impl Shell for Listener {
    async fn claim(&self, claimant: &Claimant) -> Result<Claim, String> {
        let claimant = claimant.clone();
        self.store
            .run(Durable::No, move |db| ledger::claim(db, &claimant))
            .await
    }

    async fn keep(&self, taken: Taken) -> Result<i64, String> {
        let most_bytes = self.most_bytes;
        let is_selected = self.selection.has(taken.known.event.as_deref());
        let (forwards, folder) = (self.forwarding.is_some(), self.folder.clone());
        self.store
            .run(Durable::Yes, move |db| {
                let Taken {
                    received,
                    known,
                    code,
                } = &taken;
                let id = saved::keep(db, received, Rank::Taken, *code, known, most_bytes)?;
                // Where another forwards, the sender may have reached this one by chance.
                if is_selected && (forwards || folder.is_forwarded_from()) {
                    outbox::add(db, id, received.at.get())?;
                }
                Ok(id)
            })
            .await
    }

    async fn commit(&self, claimant: &Claimant) -> Result<bool, String> {
        let claimant = claimant.clone();
        self.store
            .run(Durable::Yes, move |db| ledger::commit(db, &claimant))
            .await
    }

    async fn release(&self, claimant: &Claimant) -> Result<(), String> {
        let claimant = claimant.clone();
        self.store
            .run(Durable::No, move |db| ledger::release(db, &claimant))
            .await
    }

    fn unreadable(&self, why: String) {
        self.screen.show(Shown::Said(format!(
            "something came that is no HTTP request, and was refused: {why}"
        )));
    }

    fn ended(&self, ended: Ended) {
        let is_shown = self.selection.shows(ended.known.event.as_deref());
        if is_shown {
            self.screen.show(Shown::Ended {
                at: self.clock.unix().get(),
                line: ended.line,
                level: ended.level,
                status: ended.status,
                id: ended.id,
            });
        }
        let Some(received) = ended.received else {
            return;
        };
        if ended.id.is_some() {
            if let Some(forwarding) = &self.forwarding {
                forwarding.notify_one();
            }
            return;
        }
        let aside = Aside {
            store: self.store.clone(),
            screen: self.screen.clone(),
            explaining: Arc::clone(&self.explaining),
            most_bytes: self.most_bytes,
            max_body_bytes: self.max_body_bytes,
            code: ended.code,
            known: ended.known,
            is_shown,
        };
        self.at_work.spawn(aside.keep(received, ended.rest));
    }
}

/// What is left to do about a request that was neither handed on nor set aside, and has its answer.
struct Aside {
    store: Store,
    screen: Screen,
    explaining: Arc<Explaining>,
    most_bytes: u64,
    max_body_bytes: u64,
    code: Code,
    known: saved::Known,
    is_shown: bool,
}

impl Aside {
    async fn keep(self, mut received: Received, rest: Option<Incoming>) {
        if let Some(rest) = rest {
            self.read_rest(&mut received, rest).await;
        }
        let (code, most_bytes) = (self.code, self.most_bytes);
        let (kept, known) = (received.clone(), self.known);
        let saved = self
            .store
            .run_for_stranger(move |db| {
                let rank = Rank::of(code, &known);
                saved::keep(db, &kept, rank, code, &known, most_bytes)
            })
            .await
            .unwrap_or_else(|| Err("too many such come at once".to_owned()));
        let id = saved.clone();
        if self.is_shown {
            self.screen.show(Shown::Saved {
                code: code.as_str(),
                id,
            });
        }
        if let (Ok(id), true) = (saved, is_puzzling(code)) {
            self.explaining.explain(Puzzle { id, received });
        }
    }

    /// A body that was not needed for the answer: it is read all the same, within bounds, so that the answer reaches a sender
    /// who is still sending, and that what is saved is whole. Who asked whether to send it (`Expect`) has been told not to.
    async fn read_rest(&self, received: &mut Received, mut rest: Incoming) {
        if received.headers.contains_key(http::header::EXPECT) {
            return;
        }
        let mut read = Bytes::new();
        let whole = read_at_most(&mut rest, self.max_body_bytes, &mut read);
        let is_whole = matches!(timeout(REST_WITHIN, whole).await, Ok(Ok(())));
        if is_whole && received.body.is_empty() {
            received.body = read;
        }
    }
}

/// Whether a delivery with this code may tell more to who has the secrets than its log line does.
const fn is_puzzling(code: Code) -> bool {
    matches!(
        code,
        Code::SignatureMismatch
            | Code::MissingSignature
            | Code::MalformedSignature
            | Code::MissingTimestamp
            | Code::MalformedTimestamp
    )
}
