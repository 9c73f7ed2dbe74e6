//! What an explanation says, and what it never shows.

use crate::program::{BODY, Desk, NOW, OTHER_SECRET, SECRET, SIGNATURE, delivery, request};

#[test]
fn names_the_cause_and_what_to_change() {
    let spaced = BODY.replace(':', ": ");
    let desk = Desk::new();
    let said = desk.explain(request(SIGNATURE, "1760000000", &spaced));
    assert_eq!(
        (said.status, said.causes()),
        (0, vec!["json_spacing".to_owned()])
    );
    let text = desk.run_with(
        &["explain", "--now", NOW],
        request(SIGNATURE, "1760000000", spaced),
    );
    assert!(
        text.out.contains("json_spacing: ") && text.out.contains("never print a parsed body"),
        "{text:?}"
    );
}

#[test]
fn tries_secrets_that_the_receiver_does_not_have() {
    let desk = Desk::with_secrets(OTHER_SECRET);
    desk.file("others.txt", format!("organisation:{SECRET}\n"));
    let arguments = [
        "explain",
        "--now",
        NOW,
        "--json",
        "--other-secrets-file",
        "others.txt",
    ];
    let said = desk.run_with(&arguments, delivery());
    assert_eq!(said.causes(), ["other_secret"]);
    assert_eq!(said.json()["report"]["secret"], "organisation");
    let unknown = desk.explain(delivery());
    assert!(
        unknown.suspicions().contains(&"unknown_secret".to_owned()),
        "{unknown:?}"
    );
}

#[test]
fn says_when_nothing_is_wrong_and_when_only_the_clock_is() {
    let desk = Desk::new();
    assert_eq!(
        desk.explain(delivery()).json()["report"]["outcome"],
        "verifies"
    );
    let said = desk.run_with(&["explain", "--now", "1760000400", "--json"], delivery());
    assert_eq!(said.causes(), ["timestamp_too_old"]);
    let arguments = [
        "explain",
        "--now",
        "1760000400",
        "--json",
        "--tolerance",
        "400",
    ];
    assert_eq!(
        desk.run_with(&arguments, delivery()).json()["report"]["outcome"],
        "verifies"
    );
}

#[test]
fn shows_no_secret_and_no_signature() {
    let desk = Desk::with_secrets(&format!("a:{OTHER_SECRET}\nb:'{SECRET}'"));
    for capture in [delivery(), request(SIGNATURE, "1760000000", "{}")] {
        for arguments in [["explain", "--now", NOW].as_slice(), &["explain", "--json"]] {
            let said = desk.run_with(arguments, &capture);
            assert_eq!(said.status, 0);
            for private in [&SECRET[6..18], &OTHER_SECRET[6..18], &SIGNATURE[7..19]] {
                assert!(!said.out.contains(private), "{said:?}");
            }
        }
    }
}

#[test]
fn says_what_stood_behind_the_body() {
    let capture = String::from_utf8(delivery()).unwrap();
    let capture = capture.replace("\r\n\r\n", "\r\nContent-Length: 62\r\n\r\n") + "\n";
    let said = Desk::new().run_with(&["explain", "--now", NOW], capture);
    assert!(said.out.starts_with("The delivery verifies\n"), "{said:?}");
    assert!(
        said.out.contains("stood 1 bytes that are no part"),
        "{said:?}"
    );
}
