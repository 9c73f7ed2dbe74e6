//! The commands that send, driven as a user drives them: the built program on real ports.

#[path = "../common/mod.rs"]
mod common;

mod odd;
mod overten;
mod program;
mod readme;
mod receiver;
mod rotate;
mod send;
mod simulate;
mod subscription;
