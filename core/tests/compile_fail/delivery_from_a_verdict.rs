use overten_webhook::*;

fn made_by<T: From<Verdict>>() {}

fn main() {
    made_by::<Delivery<Vec<u8>>>();
}
