use overten_webhook::{Label, UnixSeconds, Verdict};

fn forge(secret_label: Label) -> Verdict {
    Verdict {
        timestamp: UnixSeconds::new(0),
        age_seconds: 0,
        secret_index: 0,
        secret_label,
    }
}

fn main() {}
