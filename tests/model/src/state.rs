//! What the whole system is at one moment, without anything that makes no difference to what can come of it.

use overten_webhook::{Asked, Plain, Step};

/// Senders, store, receivers and network at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    /// One for each idempotency key.
    pub keys: [Key; 2],
    /// What receivers are at work on, in no order that matters.
    pub requests: Vec<Request>,
    /// What a receiver gave up waiting for, and the store has yet to do.
    pub in_network: Option<Operation>,
    /// What must never happen, and has.
    pub broken: Option<Broken>,
}

/// One key: its deliveries that wait to be sent, what the store knows of it, and what came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Deliveries that the sender will send, for the first time or again. The others are acknowledged or being
    /// received.
    pub waiting: u8,
    /// The claim in the store.
    pub claim: Option<Held>,
    /// Whether the store has it as handled.
    pub committed: bool,
    /// Whether the event was handed on or set aside, durably.
    pub kept: bool,
}

/// A claim in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Held {
    /// How many leases ago it was given, by the clock as it stands now: from -2 (or longer ahead) to 1 (or longer ago).
    pub age: i8,
    /// Whose token it has.
    pub holder: Holder,
}

/// Whose a claim is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Holder {
    /// The request's that [`Request::holds`] it.
    Request,
    /// Nobody's, but for an operation that the store has yet to do.
    Operation,
    /// Nobody's.
    Gone,
}

/// One request at a receiver.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Request {
    /// The index of its key.
    pub key: usize,
    /// The core's step, as the bytes that a shell would keep.
    pub step: Plain,
    /// How far the shell is with it.
    pub stage: Stage,
    /// Whether the sender waits for the answer.
    pub listening: bool,
    /// Whether the claim in the store has its token.
    pub holds: bool,
    /// How old its claim is, only where that is its token.
    pub claimed: Option<i8>,
    /// Whether a lease has gone by since the store was asked for the claim; once its function has begun, also whether
    /// the store may think so because the Unix clock was set.
    pub lapsed: bool,
    /// Whether the Unix clock was set before its function began.
    pub clock_set: bool,
    /// Whether the store has yet to do its claim, which it gave up waiting for.
    pub claim_in_network: bool,
}

/// How far a shell is with a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// It is to be done.
    Asked,
    /// The store judged the key to be new, and has not taken it yet: only a store that does not claim atomically.
    Judged,
    /// The store gave the claim: its answer is on the way, or a thread for the handler is waited for.
    Given,
}

/// What the store has yet to do, for a receiver that no longer waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Operation {
    /// The index of the key.
    pub key: usize,
    /// Claim, commit or release.
    pub asked: Asked,
}

/// What must never happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Broken {
    /// A sender saw a 2xx, and the event was neither handed on nor set aside.
    Lost,
    /// An event was handed on while another held it whose lease ran, or after it was committed.
    HandedOnAgain,
    /// A sender saw a 4xx.
    Refused,
    /// A claim was left behind by a holder that neither died nor failed to reach the store.
    LeftBehind,
}

impl Request {
    /// What the core asks for.
    #[must_use]
    pub fn asked(&self) -> Asked {
        self.core_step().asked()
    }

    /// The core's step, to go on with.
    ///
    /// # Panics
    ///
    /// Never: the bytes are the core's own.
    pub fn core_step(&self) -> Step {
        Step::from_plain(&self.step).expect("the core reads its own bytes")
    }

    /// Whether its function was called and has not failed, and its lease ran all the while.
    #[must_use]
    pub fn is_handling(&self) -> bool {
        let asked = self.asked();
        let is_begun = matches!(asked, Asked::HandOn | Asked::SetAside | Asked::Commit);
        is_begun && !self.lapsed
    }

    /// Whether the store gave it the claim, for all it knows.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.stage == Stage::Given || !matches!(self.asked(), Asked::Claim | Asked::Release)
    }
}

impl State {
    /// Whether each claim that is some request's is exactly one's.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        (0..2).all(|key| {
            let holders = self
                .requests
                .iter()
                .filter(|request| request.key == key && request.holds);
            let held = self.keys[key].claim.map(|held| held.holder);
            holders.count() == usize::from(held == Some(Holder::Request))
        })
    }

    /// The state that stands for this one and for all that differ in the order of requests, or of keys, alone.
    #[must_use]
    pub fn representative(mut self) -> Self {
        self.requests.sort_unstable();
        let mut other = self.clone();
        other.keys.reverse();
        for request in &mut other.requests {
            request.key = 1 - request.key;
        }
        if let Some(operation) = &mut other.in_network {
            operation.key = 1 - operation.key;
        }
        other.requests.sort_unstable();
        let rank = |state: &Self| state.in_network.map(|operation| operation.key);
        let order = other.keys.cmp(&self.keys).then_with(|| {
            let order = other.requests.cmp(&self.requests);
            order.then_with(|| rank(&other).cmp(&rank(&self)))
        });
        if order.is_lt() { other } else { self }
    }
}
