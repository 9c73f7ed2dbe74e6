//! A receiver on this machine: core's, over HTTP, with a ledger and everything that came in one file of `SQLite`.

pub(crate) mod chosen;
pub(crate) mod clock;
pub(crate) mod database;
pub(crate) mod explaining;
pub(crate) mod folder;
pub(crate) mod forwarding;
pub(crate) mod human;
pub(crate) mod ledger;
pub(crate) mod listener;
pub(crate) mod outbox;
pub(crate) mod reception;
pub(crate) mod saved;
pub(crate) mod server;
pub(crate) mod shelf;
pub(crate) mod shown;
pub(crate) mod signals;
pub(crate) mod store;
pub(crate) mod subscribed;

#[cfg(test)]
mod scenarios;
