//! `send` against a receiver built on core.

use crate::program::{OTHER_SECRET, SECRET, Said, program, run};
use crate::receiver::Running;

fn send(receiver: &Running, arguments: &[&str]) -> Said {
    let url = receiver.url();
    let all: Vec<_> = ["send", &url, "--json"]
        .iter()
        .chain(arguments)
        .copied()
        .collect();
    run(&all)
}

#[test]
fn each_preset_gets_the_answer_that_it_names() {
    let receiver = Running::start(SECRET);
    let rows = [
        ("authentic", "200 accepted", true),
        ("forged", "401 signature_mismatch", false),
        ("changed-body", "401 signature_mismatch", false),
        ("wrong-secret", "401 signature_mismatch", false),
        ("stale", "503 timestamp_too_old", true),
        ("future", "503 timestamp_in_future", true),
        ("duplicate", "200 duplicate", true),
        ("repeated-header", "400 malformed_signature", false),
        ("missing-signature", "400 missing_signature", false),
        ("malformed-signature", "400 malformed_signature", false),
        ("missing-timestamp", "400 missing_timestamp", false),
        ("malformed-timestamp", "400 malformed_timestamp", false),
        ("bom", "401 signature_mismatch", false),
        ("crlf", "401 signature_mismatch", false),
        ("malformed", "200 quarantined", true),
        ("too-large", "413 body_too_large", true),
        ("slow-body", "200 accepted", true),
        ("cut-body", "200 accepted", true),
    ];
    for (preset, answer, authentic) in rows {
        let said = send(
            &receiver,
            &[
                "--preset",
                preset,
                "--slow-body-time",
                "300ms",
                "--retry-delay",
                "10ms",
            ],
        );
        assert_eq!(said.status, 0, "{preset}: {said:?}");
        let attempts = said.attempts();
        let last = attempts.last().unwrap();
        assert_eq!(last["answer"], answer, "{preset}");
        assert_eq!(last["authentic"], authentic, "{preset}");
        assert_eq!(last["as_expected"], true, "{preset}");
    }
}
