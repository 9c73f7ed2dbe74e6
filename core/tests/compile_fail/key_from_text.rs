use overten_webhook::IdempotencyKey;

fn main() {
    let _ = IdempotencyKey::from("run.completed:run_01");
}
