//! What was not asked for cannot be said.
use overten_webhook::Claiming;

fn commit_unclaimed(step: Claiming) {
    let _ = step.lost();
}

fn main() {}
