//! The commands that send, driven as a user drives them: the built program on real ports.

mod program;
mod receiver;
mod send;
