//! What `memory.rs` looks into: takes a secret as a service does, lets go of its own copy, and waits.

use std::hint::black_box;
use std::io::{Read as _, stdin};

use overten_webhook::{Secret, SecretInput, Secrets, UnixSeconds, Verifier, sign};

fn main() {
    let way = std::env::args().nth(1).expect("a way of taking a secret");
    let mut text = Vec::with_capacity(4096);
    let count = if way == "eight" { 8 } else { 1 };
    for position in 0..count {
        text.extend((0..64).map(|at| b'A' + (at % 26 * 7 + position) % 26));
    }
    let kept = match way.as_str() {
        "signing" => {
            let secret = Secret::new(&text).expect("a good secret");
            let signature = sign(&secret, UnixSeconds::new(0), b"body").expect("a good time");
            black_box(signature);
            None
        }
        "lines" => Some(Secrets::from_lines(&text).expect("a good secret")),
        "refused" => {
            let inputs = [SecretInput::unlabelled(&text), SecretInput::unlabelled(b"short")];
            Secrets::new(inputs).map(drop).expect_err("a short one");
            None
        }
        _ => {
            let inputs = text.chunks(64).map(SecretInput::unlabelled);
            Some(Secrets::new(inputs).expect("good secrets"))
        }
    };
    let kept = kept.map(Verifier::new);
    text.fill(0);
    black_box(&text);
    println!("ready");
    stdin().read_exact(&mut [0]).expect("a byte that ends it");
    black_box(kept);
}
