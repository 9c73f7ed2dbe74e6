//! Does one piece of the core's work so many times, for `tools/test_instructions.py` to count what it takes.

#[path = "../benches/delivery/mod.rs"]
mod delivery;

use std::hint::black_box;

use delivery::{NOW, Signed, many_small_members, one_long_text};
use sha2::{Digest, Sha256};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(work), Some(rounds)) = (arguments.next(), arguments.next()) else {
        panic!("usage: instructions WORK ROUNDS");
    };
    let rounds: u32 = rounds.parse().expect("a number of rounds");
    let long = Signed::new(one_long_text(1024));
    let many = Signed::new(many_small_members(1024));
    let (long_delivery, many_delivery) = (long.delivery(), many.delivery());
    let headers = long.headers();
    for _ in 0..rounds {
        match work.as_str() {
            "sha256" => drop(black_box(
                Sha256::new()
                    .chain_update(b"1760000000.")
                    .chain_update(black_box(&long.body))
                    .finalize(),
            )),
            "headers" => drop(black_box(black_box(&long).headers())),
            "verify" => {
                let verified = long
                    .verifier
                    .verify(black_box(&headers), long.body.as_slice(), NOW);
                assert!(verified.is_ok());
            }
            "read one long text" => drop(black_box(black_box(&long_delivery).event())),
            "read many small members" => drop(black_box(black_box(&many_delivery).event())),
            other => panic!("there is no work called {other}"),
        }
    }
}
