//! `listen` and `replay`, driven as a user drives them: the built program on real ports, its lines read as they come.

#[path = "../common/mod.rs"]
mod common;

mod dying;
mod forwarding;
mod http;
mod listener;
mod readme;
mod receiving;
mod replaying;
mod subscribing;
mod target;
mod trouble;
