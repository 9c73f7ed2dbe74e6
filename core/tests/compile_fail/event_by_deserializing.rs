use overten_webhook::Event;

fn main() {
    let _: Event<Vec<u8>> = serde_json::from_str("{}").unwrap();
}
