//! What is wrong with an authentic body that is no event, and where.

mod common;

use common::authentic;
use overten_webhook::{Code, PayloadFault};

#[test]
fn an_error_names_the_fault_the_member_and_the_place() {
    let deep = format!(r#"{{"event":"e","run_id":"r","x":{}"#, "[".repeat(128));
    for (body, fault, field, offset) in [
        ("", PayloadFault::NotAnObject, None, Some(0)),
        (" \n[1]", PayloadFault::NotAnObject, None, Some(2)),
        ("{", PayloadFault::NotJson, None, Some(1)),
        (r#"{"event":"#, PayloadFault::NotJson, None, Some(9)),
        (
            "{\"a\":1,\r\n \"b\":tru}",
            PayloadFault::NotJson,
            None,
            Some(17),
        ),
        (
            "\u{feff}{\"a\":1,\n\"b\":01}",
            PayloadFault::NotJson,
            None,
            Some(16),
        ),
        ("{}x", PayloadFault::NotJson, None, Some(2)),
        ("{}", PayloadFault::MissingField, Some("event"), None),
        (
            r#"{"event":"e"}"#,
            PayloadFault::MissingField,
            Some("run_id"),
            None,
        ),
        (r#"{"event":1}"#, PayloadFault::NotText, Some("event"), None),
        (
            r#"{"event":"e","run_id":""}"#,
            PayloadFault::EmptyText,
            Some("run_id"),
            None,
        ),
        (
            r#"{"event":"e","event":"e"}"#,
            PayloadFault::RepeatedField,
            Some("event"),
            Some(21),
        ),
        (
            r#"{"event":"e","run_id":"\ud800"}"#,
            PayloadFault::LoneSurrogate,
            Some("run_id"),
            Some(22),
        ),
        (
            r#"{"\ud800":1}"#,
            PayloadFault::LoneSurrogate,
            None,
            Some(1),
        ),
        // Of several faults the one that comes first is told.
        (&deep, PayloadFault::TooDeep, None, Some(157)),
        (
            &format!("{deep}{}}}", "]".repeat(128)),
            PayloadFault::TooDeep,
            None,
            Some(157),
        ),
    ] {
        let error = authentic(body.as_bytes()).event().unwrap_err();
        assert_eq!(error.code(), Code::MalformedPayload);
        assert_eq!(
            (error.fault(), error.field(), error.offset()),
            (fault, field, offset),
            "{body}"
        );
        assert!(error.to_string().contains("ask Overten"), "{error}");
    }
    let error = authentic(b"\xef\xbb\xbf{\"\xff\":1}").event().unwrap_err();
    assert_eq!(
        (error.fault(), error.offset()),
        (PayloadFault::NotUtf8, Some(5))
    );
}
