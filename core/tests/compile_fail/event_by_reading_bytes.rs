use overten_webhook::Event;

fn main() {
    let body: &[u8] = br#"{"event":"run.completed","run_id":"run_01"}"#;
    let _ = Event::read(body);
}
