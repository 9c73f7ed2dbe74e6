//! Senders, receivers, a store and everything that can go wrong between them, as one model that is explored whole.
//!
//! What is real: the core's [`Receiver`](overten_webhook::Receiver), its [`Step`]s between two of which a request is kept as
//! their bytes, and [`Claim::judge`], by which the model's store answers. What is modelled is around them:
//!
//! - **Two keys**, at least three deliveries each. A sender sends each of them until it sees a 2xx, as Overten does, and
//!   never again after a 4xx. Deliveries of one key may be at several receivers at once.
//! - **Receivers** with one request each at a time. Each dies between any two steps, and is there again at once.
//! - **The user's functions**, which do their work or not, say so or not, fail, or fail for good.
//! - **A store** of claims, each with its token and time, and of committed keys. It does what it is asked or not, and its
//!   answer comes or not; it may do so long after the receiver gave up waiting and asked for something else. Or a
//!   **ledger object**, as the Worker has it: claims in memory, which end with it, and committed keys on disk.
//! - **Time** in leases. A lease goes by at any moment: claims lapse. The Unix clock is set ahead and back at any moment.
//! - **The 10 s** after which a sender gets its answer while the work goes on, at any moment too: it sends again at once.
//!
//! None of these faults is bounded in number: a state holds nothing that counts them, so the exploration ends.
//! What must hold is in [`System::properties`]; that the system comes to rest is checked from every state there is: faults
//! stop there and then, and two leases later every delivery is acknowledged and every claim is committed or free.
//!
//! What is not modelled: verification, whose outcomes before the claim change nothing (a test sees that none is a 4xx);
//! the retention, after which a key is new; a store that loses what it committed; two hosts whose clocks differ by
//! more than the clock is set here; log lines. Two states that differ only in which of two equal keys, deliveries or
//! receivers is which are one.

mod machine;
mod rule;
mod state;
mod store;
mod system;

pub use machine::{Content, Machine};
pub use rule::Rule;
pub use state::{Broken, Held, Holder, Key, Operation, Request, Stage, State};
pub use store::Store;
pub use system::{Action, Came, System};

#[cfg(doc)]
use overten_webhook::{Claim, Step};
#[cfg(doc)]
use stateright::Model;
