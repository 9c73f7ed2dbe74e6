use overten_webhook::*;

fn made_by<T: Default>() {}

fn main() {
    made_by::<Delivery<Vec<u8>>>();
}
