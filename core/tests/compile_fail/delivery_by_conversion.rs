use overten_webhook::*;

fn made_by<T: for<'a> From<&'a [u8]>>() {}

fn main() {
    made_by::<Delivery<Vec<u8>>>();
}
