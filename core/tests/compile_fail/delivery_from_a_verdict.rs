use overten_webhook::{Delivery, Verdict};

fn forge(verdict: Verdict) -> Delivery<Vec<u8>> {
    Delivery::from(verdict)
}

fn main() {}
