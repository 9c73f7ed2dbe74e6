//! Senders, receivers, a store and everything that can go wrong between them, as one model that is explored whole.
//!
//! What is real: the core's [`Receiver`], its [`Step`]s, kept as their bytes between two of them, and [`Claim::judge`],
//! by which the stores of the model answer. What is modelled is around them:
//!
//! - **Two keys** of three deliveries each. A sender sends each delivery until it sees a 2xx, as Overten does, and
//!   never again after a 4xx. Deliveries of one key may be with several receivers at once.
//! - **Two receivers** (three, where there is one key) with one request each at a time. Each dies between any two
//!   steps, and is there again at once. One with several requests dies as several receivers do.
//! - **The user's functions**, which do their work or not, say so or not, or can never do it.
//! - **A shared store** of claims, each with its token and time, and of committed keys. It does what it is asked or
//!   not, and its answer comes or not. With one key, it may also do it long after the receiver gave up waiting for it.
//!   Or, instead, the Worker's **ledger object**: claims in memory, which end with it and with the work; the queue is
//!   the user's function; the row of a committed key is inserted whoever holds the claim by then.
//! - **Time** in leases. At any moment one goes by, or the Unix clock alone is set back or ahead by one, any number of
//!   times.
//! - **The 10 s** after which a sender is answered while the work goes on, at any moment too: it sends again at once. A
//!   sender that gives up waiting by itself is the same.
//!
//! No fault is bounded in number: a state counts none of them, so the exploration ends all the same. Clock readings are
//! kept as the age of a claim, from two leases ahead to one ago; what lies further off counts as that.
//!
//! What must hold is what [`System`] gives as its properties. One of them is that the system comes to rest, looked at
//! from every state there is: faults stop there and then, and within two leases each key's deliveries are acknowledged
//! and its claim is committed or free. Since the states are finitely many, any fair order of events comes to rest with
//! that one.
//!
//! [`Rule`] names what can be taken away, to see that it is missed.
//!
//! What is not modelled: what ends before the claim (a test sees that an authentic delivery is answered 5xx there; a
//! body over the limit and a secret that is wrong are the exceptions that the contract makes); the retention, after
//! which a key is new; a store that loses what it committed; log lines. A release that fails, or a receiver that dies,
//! leaves its claim to lapse. States that differ only in which of equal keys, deliveries or receivers is which are one.

mod machine;
mod rest;
mod rule;
mod state;
mod store;
mod system;
mod transitions;

pub use machine::{Content, Machine};
pub use rule::Rule;
pub use state::{Broken, Held, Holder, Key, Operation, Request, Stage, State};
pub use store::Store;
pub use system::{Action, Came, System};

#[cfg(doc)]
use overten_webhook::{Claim, Receiver, Step};
