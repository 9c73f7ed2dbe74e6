use overten_webhook::*;

fn made_by<T: serde::de::DeserializeOwned>() {}

fn main() {
    made_by::<Event<Vec<u8>>>();
}
