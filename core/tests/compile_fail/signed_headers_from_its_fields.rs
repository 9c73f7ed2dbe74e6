use overten_webhook::{SignedHeaders, UnixSeconds};

fn main() {
    let _ = SignedHeaders {
        signature: [0; 32],
        timestamp_bytes: b"01",
        timestamp: UnixSeconds::new(1),
    };
}
