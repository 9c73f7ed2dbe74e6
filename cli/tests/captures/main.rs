//! The commands of the desk, driven as a user drives them: the built program, files and standard input.

#[path = "../common/mod.rs"]
mod common;

mod bug_cases;
mod explain;
mod forms;
mod help;
mod program;
mod readme;
mod sign;
mod streams;
mod verify;
