use overten_webhook::Event;

fn main() {
    let _: Event<Vec<u8>> = r#"{"event":"run.completed","run_id":"run_01"}"#.parse().unwrap();
}
