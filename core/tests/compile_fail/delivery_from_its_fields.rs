use overten_webhook::{Delivery, Verdict};

fn forge(verdict: Verdict, body: &[u8]) -> Delivery<&[u8]> {
    Delivery { verdict, body }
}

fn main() {}
