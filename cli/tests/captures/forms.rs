//! Each form of a capture, read from a file and from standard input.

use serde_json::json;

use crate::program::{BODY, Desk, NOW, SIGNATURE, delivery};

fn pairs() -> serde_json::Value {
    json!([
        ["X-Overten-Signature", SIGNATURE],
        ["X-Overten-Timestamp", "1760000000"]
    ])
}

fn saved(received_at: i64) -> String {
    json!({"format": "overten-webhook-capture/1", "received_at": received_at, "method": "POST", "target": "/",
        "headers": pairs(), "body": BODY})
    .to_string()
}

#[test]
fn verifies_each_form_that_holds_the_whole_delivery() {
    let desk = Desk::new();
    desk.file("body.json", BODY);
    let headers = json!([{"name": "x-overten-signature", "value": SIGNATURE},
        {"name": "x-overten-timestamp", "value": "1760000000"}]);
    let entry = json!({"startedDateTime": "2025-10-09T08:53:23Z",
        "request": {"method": "POST", "url": "https://a.example/", "headers": headers, "postData": {"text": BODY}}});
    let quoted =
        format!("-H 'X-Overten-Signature: {SIGNATURE}' -H 'X-Overten-Timestamp: 1760000000'");
    let forms = [
        ("http_request", delivery()),
        (
            "curl",
            format!("curl {quoted} --data-binary '{BODY}' https://a.example/").into(),
        ),
        (
            "curl",
            format!("curl {quoted} --data-binary @body.json https://a.example/").into(),
        ),
        (
            "har",
            json!({"log": {"entries": [entry]}}).to_string().into(),
        ),
        ("har", entry.to_string().into()),
        ("saved", saved(1_760_000_003).into()),
        (
            "raw_log",
            json!({"raw": "accepted", "headers": {"X-Overten-Signature": SIGNATURE,
            "X-Overten-Timestamp": "1760000000"}, "body": BODY})
            .to_string()
            .into(),
        ),
    ];
    for (form, capture) in forms {
        let said = desk.verify(&capture);
        assert_eq!(said.status, 0, "{form}: {said:?}");
        assert_eq!(
            (&said.json()["form"], &said.json()["code"]),
            (&json!(form), &json!("ok"))
        );
        assert_eq!(said.json()["event"]["run_id"], "run_01");
        desk.file("capture", &capture);
        let from_file = desk.run(["verify", "capture", "--now", NOW, "--json"]);
        assert_eq!(from_file.out, said.out);
    }
}

#[test]
fn says_that_a_log_line_proves_nothing_and_explains_what_it_can() {
    let shortened = format!("{}…", &SIGNATURE[..15]);
    let line = json!({"raw": "signature_mismatch", "headers": {"X-Overten-Signature": shortened,
        "X-Overten-Timestamp": "1760000000"}, "body_bytes": 62, "body": BODY})
    .to_string();
    let desk = Desk::new();
    let said = desk.verify(&line);
    assert_eq!(
        (said.status, &said.json()["lacks"]),
        (9, &json!(["signature_shortened"]))
    );
    let said = desk.run_with(&["verify", "--now", NOW], &line);
    assert!(
        said.out.contains("cannot be proven") && said.out.contains("beginning of the signature"),
        "{said:?}"
    );
    assert!(said.err.contains("overten-webhook explain -"), "{said:?}");
    let said = desk.explain(&line);
    assert_eq!(
        (said.status, &said.json()["lacks"]),
        (0, &json!(["signature_shortened"]))
    );
    assert_eq!(said.json()["report"]["facts"]["run_id"], "run_01");
    let label = &said.json()["report"]["begins_as_signed_with"];
    assert!(label.is_string(), "{said:?}");
    assert!(
        desk.run_with(&["explain"], &line)
            .out
            .contains("does not hold"),
        "{said:?}"
    );
}

#[test]
fn says_that_a_queue_message_carries_no_signature() {
    let message = json!({"version": 1, "key": "run.completed:run_01", "quarantined": false, "event": null,
        "body": {"text": BODY}, "timestamp": 1_760_000_000, "secret_label": "secret-0",
        "received_at_ms": 1_760_000_000_000_i64});
    let said = Desk::new().verify(message.to_string());
    assert_eq!(
        (said.status, &said.json()["lacks"]),
        (9, &json!(["signature"]))
    );
}

#[test]
fn says_that_a_cut_body_proves_nothing_but_a_forgery_of_a_whole_one_does() {
    let with_length = |body: &str| {
        let capture = String::from_utf8(delivery()).unwrap();
        let (head, _) = capture.split_once("\r\n\r\n").unwrap();
        format!("{head}\r\nContent-Length: 62\r\n\r\n{body}")
    };
    let desk = Desk::new();
    assert_eq!(desk.verify(with_length(BODY)).status, 0);
    assert_eq!(desk.verify(with_length(&BODY[..61])).status, 9);
    assert_eq!(
        desk.verify(with_length(&BODY.replace("01", "02"))).status,
        4
    );
}

#[test]
fn judges_by_the_time_that_the_capture_was_received_at() {
    let desk = Desk::new();
    let judged = |received_at: i64, more: &[&str]| {
        let arguments = [&["verify", "--json"], more].concat();
        desk.run_with(&arguments, saved(received_at)).json()["code"].clone()
    };
    assert_eq!(judged(1_760_000_300, &[]), "ok");
    assert_eq!(judged(1_760_000_301, &[]), "timestamp_too_old");
    assert_eq!(judged(1_760_000_301, &["--now", "1760000000"]), "ok");
    assert_eq!(judged(1_760_000_301, &["--tolerance", "off"]), "ok");
    assert_eq!(
        judged(1_760_000_301, &["--tolerance-past-seconds", "301"]),
        "ok"
    );
    assert_eq!(
        judged(1_759_999_699, &["--tolerance-past-seconds", "off"]),
        "timestamp_in_future"
    );
    assert_eq!(
        judged(1_759_999_699, &["--tolerance-future-seconds", "off"]),
        "ok"
    );
    // A request says nothing of its time: this machine's clock is long past it.
    assert_eq!(desk.run_with(&["verify"], delivery()).status, 6);
}

#[test]
fn takes_several_deliveries_in_turn() {
    let lines = format!("{}\n{}\n", saved(1_760_000_003), saved(1_760_001_000));
    let said = Desk::new().run_with(&["verify", "--json"], lines);
    let codes: Vec<_> = said
        .out
        .lines()
        .map(|line| line.contains(r#""code":"ok""#))
        .collect();
    assert_eq!((said.status, codes), (6, vec![true, false]));
}

#[test]
fn says_what_is_wrong_with_a_text_that_is_no_capture() {
    let desk = Desk::new();
    for (text, what) in [
        (BODY, "body_alone"),
        ("", "empty"),
        ("{\"log\":", "byte 7"),
        ("POST / HTTP/1.1\nno header\n\n", "line 2"),
        ("curl -d \"$BODY\"", "expansion"),
    ] {
        for command in ["verify", "explain"] {
            let said = desk.run_with(&[command], text);
            assert_eq!((said.status, said.out.as_str()), (9, ""), "{said:?}");
            assert!(
                said.err.contains(what) && said.err.contains("next:"),
                "{said:?}"
            );
        }
    }
    let said = desk.run_with(&["verify"], "curl --data-binary @- https://a.example/");
    assert!(
        said.status == 9 && said.err.contains("--data-binary @FILE"),
        "{said:?}"
    );
    let said = desk.run_with(
        &["verify"],
        "curl --data-binary @missing https://a.example/",
    );
    assert!(said.status == 1 && said.err.contains("missing"), "{said:?}");
}
