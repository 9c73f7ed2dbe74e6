use overten_webhook::{Delivery, Verdict};

fn replace(proven: &mut Delivery<Vec<u8>>, other: Verdict) {
    **proven = other;
}

fn main() {}
