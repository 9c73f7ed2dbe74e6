//! What came of a step is said once.
use overten_webhook::{Claim, Claiming};

fn claim_twice(step: Claiming) {
    let _ = step.answered(Claim::New, 0, 0);
    let _ = step.answered(Claim::New, 0, 0);
}

fn main() {}
