use overten_webhook::*;

fn made_by<T: for<'a> From<&'a str>>() {}

fn main() {
    made_by::<IdempotencyKey>();
}
