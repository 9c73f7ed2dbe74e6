use overten_webhook::*;

fn made_by<T: std::str::FromStr>() {}

fn main() {
    made_by::<Event<Vec<u8>>>();
}
