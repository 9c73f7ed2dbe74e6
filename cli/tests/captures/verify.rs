//! The verdicts, each by its exit status, and what is said of them.

use serde_json::json;

use crate::program::{BODY, Desk, NOW, OTHER_SECRET, SECRET, SIGNATURE, delivery, request};

#[test]
fn each_class_has_its_exit_status_and_code() {
    let desk = Desk::new();
    let body_signed = |body: &str| {
        let said = desk.run_with(&["sign", "-", "--time", "1760000000", "--json"], body);
        let signature = said.json()["headers"]["X-Overten-Signature"]
            .as_str()
            .unwrap()
            .to_owned();
        request(&signature, "1760000000", body)
    };
    let without = |name: &str| {
        let text = String::from_utf8(delivery()).unwrap();
        let lines = text
            .split_inclusive('\n')
            .filter(|line| !line.starts_with(name));
        lines.collect::<String>().into_bytes()
    };
    for (status, code, capture) in [
        (0, "ok", delivery()),
        (3, "missing_signature", without("X-Overten-Signature")),
        (3, "missing_timestamp", without("X-Overten-Timestamp")),
        (
            3,
            "malformed_signature",
            request("sha256=00", "1760000000", BODY),
        ),
        (3, "malformed_timestamp", request(SIGNATURE, "17.6e8", BODY)),
        (
            4,
            "signature_mismatch",
            request(SIGNATURE, "1760000000", &BODY[1..]),
        ),
        (
            5,
            "body_too_large",
            body_signed(&"x".repeat(1024 * 1024 + 1)),
        ),
        (
            6,
            "timestamp_too_old",
            request(SIGNATURE, "1760000000", BODY),
        ),
        (7, "malformed_payload", body_signed("[]")),
    ] {
        let now = if status == 6 { "1760000301" } else { NOW };
        let said = desk.run_with(&["verify", "--json", "--now", now], capture);
        assert_eq!(
            (said.status, &said.json()["code"]),
            (status, &json!(code)),
            "{said:?}"
        );
        assert_eq!(said.json().get("detail").is_some(), status != 0);
    }
    let future = desk.run_with(&["verify", "--json", "--now", "1759999699"], delivery());
    assert_eq!(
        (future.status, &future.json()["age_seconds"]),
        (6, &json!(-301))
    );
    let allowed = ["verify", "--now", NOW, "--max-body-bytes", "61"];
    assert_eq!(desk.run_with(&allowed, delivery()).status, 5);
}

#[test]
fn says_who_signed_and_what_the_event_is() {
    let desk = Desk::with_secrets(&format!("previous:{OTHER_SECRET}\norganisation:{SECRET}\n"));
    let said = desk.run_with(&["verify", "--now", NOW], delivery());
    for part in [
        "authentic\n",
        "'organisation' (fingerprint 027cf575), 4 s old",
        "run_id: run_01",
        "key: run.completed:run_01",
    ] {
        assert!(said.out.contains(part), "{part} in {said:?}");
    }
    assert_eq!(said.err, "");
}

#[test]
fn an_event_cannot_move_the_terminals_cursor() {
    let body = r#"{"event":"run.completed","run_id":"a\u001b[2J\nb","summary":"\u202ez"}"#;
    let desk = Desk::new();
    let signed = desk.run_with(&["sign", "-", "--time", "1760000000", "--json"], body);
    let signature = signed.json()["headers"]["X-Overten-Signature"].clone();
    let said = desk.run_with(
        &["verify", "--now", NOW],
        request(signature.as_str().unwrap(), "1760000000", body),
    );
    assert!(said.out.contains(r"run_id: a\u{1b}[2J\nb"), "{said:?}");
    assert!(!said.out.contains(['\x1b', '\u{202e}']), "{said:?}");
}

#[test]
fn needs_usable_secrets_and_never_shows_one() {
    for (secrets, word) in [
        ("", "no_secrets"),
        ("whsec_short", "short_secret"),
        (&*format!("\"{SECRET}\""), "malformed_secret"),
        (&*format!("{SECRET}\n{SECRET}"), "duplicate_secret"),
    ] {
        let said = Desk::with_secrets(secrets).run_with(&["verify"], delivery());
        assert_eq!((said.status, said.out.as_str()), (8, ""), "{said:?}");
        assert!(said.err.contains(word), "{said:?}");
        assert!(
            !said.err.contains("AAECAw") && !said.err.contains("whsec_short"),
            "{said:?}"
        );
    }
    let desk = Desk::new();
    let mut unset = desk.command();
    unset
        .env_remove("OVERTEN_WEBHOOK_SECRETS")
        .args(["verify", "x"]);
    desk.file("x", delivery());
    let said: crate::program::Said = unset.output().unwrap().into();
    assert!(
        said.status == 8 && said.err.contains("--secrets-file"),
        "{said:?}"
    );
    desk.file("secrets.txt", format!("{SECRET}\r\n"));
    let arguments = ["verify", "x", "--now", NOW, "--secrets-file", "secrets.txt"];
    assert_eq!(desk.run(arguments).status, 0);
    let said = desk.run(["verify", "x", "--secrets-file", "nowhere.txt"]);
    assert!(
        said.status == 8 && said.err.contains("nowhere.txt"),
        "{said:?}"
    );
}
