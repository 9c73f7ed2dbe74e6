use overten_webhook::*;

fn made_by<T: serde::de::DeserializeOwned>() {}

fn main() {
    made_by::<Delivery<Vec<u8>>>();
}
