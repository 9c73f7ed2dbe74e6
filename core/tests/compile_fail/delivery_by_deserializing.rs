use overten_webhook::Delivery;

fn main() {
    let _: Delivery<Vec<u8>> = serde_json::from_str("{}").unwrap();
}
