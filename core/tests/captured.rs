//! What is read from each form of a capture, what is refused, and that nothing makes reading panic or lose a byte.

use std::path::Path;

use overten_webhook::diagnose::{
    Capture, CaptureError, CaptureFault, Captured, Form, Lack, Outcome,
};
use overten_webhook::{Code, UnixSeconds};
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn reads_every_capture_as_its_vector_says() {
    let file = file();
    let cases = file["cases"].as_array().unwrap();
    let failures: Vec<String> = cases.iter().filter_map(|case| check(case).err()).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(cases.len(), file["count"], "the file's own count");
    println!("{} captures", cases.len());
}

#[test]
fn notices_a_flipped_vector() {
    let file = file();
    let mut cases = file["cases"].as_array().unwrap().iter();
    let mut case = cases
        .find(|case| case["id"] == "http/crlf")
        .unwrap()
        .clone();
    assert_eq!(check(&case), Ok(()));
    case["expect"]["captures"][0]["body"] = json!("other");
    assert!(check(&case).is_err());
}

#[test]
fn has_the_words_of_the_vectors() {
    let file = file();
    let words = |name: &str| file[name].as_array().unwrap().clone();
    assert!(Form::ALL.map(Form::as_str).iter().eq(words("forms").iter()));
    assert!(Lack::ALL.map(Lack::as_str).iter().eq(words("lacks").iter()));
    let faults = CaptureFault::ALL.map(CaptureFault::as_str);
    assert!(faults.iter().eq(words("faults").iter()));
    for fault in faults {
        let is_shown = |case: &Value| case["expect"]["fault"] == fault;
        let cases = file["cases"].as_array().unwrap();
        assert!(cases.iter().any(is_shown), "no case shows {fault}");
    }
}

#[test]
fn a_quote_doubled_as_cmd_wants_it_is_not_dropped() {
    let fault = |words: &str| {
        let command = format!("curl.exe \"https://receiver.example/\" {words}");
        Captured::read(command.as_bytes()).map_err(CaptureError::fault)
    };
    let doubled = [
        r#"--data-raw "{""event"":""run.completed""}""#,
        r#"--data-raw """quoted""""#,
        r#"-H "X-Note: a ""b""" --data-raw "x""#,
    ];
    for words in doubled {
        assert_eq!(fault(words).unwrap_err(), CaptureFault::Quoting, "{words}");
    }
    // What a POSIX shell is written: nothing at all, and quotes of the other kind beside.
    for (words, body) in [
        (r#"-H "X-Empty;" --data-raw """#, ""),
        (r#"--data-raw 'it'"'"'s'"#, "it's"),
        (r#"--data-raw "a"'"'"b""#, "a\"b"),
    ] {
        assert_eq!(fault(words).unwrap()[0].body(), body.as_bytes(), "{words}");
    }
}

#[test]
fn every_text_is_a_sentence_that_says_what_to_do() {
    let lacks = Lack::ALL
        .iter()
        .flat_map(|lack| [lack.what(), lack.change()]);
    let faults = CaptureFault::ALL
        .iter()
        .flat_map(|fault| [fault.what(), fault.change()]);
    for text in lacks.chain(faults) {
        let begins_well = text.starts_with(|char: char| char.is_ascii_uppercase());
        assert!(begins_well && text.ends_with('.'), "{text}");
        assert!(!text.contains("  "), "{text}");
    }
}

#[test]
fn saves_every_capture_so_that_it_is_read_back() {
    for case in file()["cases"].as_array().unwrap() {
        for captured in Captured::read(&bytes(case, "input")).into_iter().flatten() {
            let json = captured.to_json();
            assert!(!json.contains('\n'), "{json}");
            let back = Captured::read(json.as_bytes()).unwrap();
            let [back] = back.as_slice() else {
                panic!("{}", case["id"]);
            };
            assert_eq!(contents(back), contents(&captured), "{}", case["id"]);
            assert_eq!(back.to_json(), json);
        }
    }
}

#[test]
fn keeps_no_more_headers_than_are_read_back() {
    let headers = vec![("a", "b"); 1001];
    let kept = Captured::received(UnixSeconds::new(0), b"POST", b"/", headers, Vec::new());
    let back = Captured::read(kept.to_json().as_bytes()).unwrap();
    assert_eq!(back[0].headers().count(), 1000);
    let command = format!("curl {} -d x https://a.example/", "-A b ".repeat(1001));
    let error = Captured::read(command.as_bytes()).unwrap_err();
    assert_eq!(error.fault(), CaptureFault::TooManyHeaders);
}

#[test]
fn shows_no_header_and_no_body_in_debug_or_errors() {
    let secret = "sha256=00112233445566778899";
    for input in [
        format!("POST / HTTP/1.1\nX-Overten-Signature: {secret}\n\n{{}}"),
        format!("POST / HTTP/1.1\nX-Overten Signature {secret}\n\n{{}}"),
        format!("curl -H 'X-Overten-Signature: {secret}"),
        format!(r#"{{"format":"overten-webhook-capture/1","headers":"{secret}"}}"#),
    ] {
        let shown = match Captured::read(input.as_bytes()) {
            Ok(captured) => format!("{captured:?}"),
            Err(error) => format!("{error:?} {error}"),
        };
        assert!(!shown.contains("00112233"), "{shown}");
    }
}

#[test]
fn a_file_becomes_the_body_as_curl_sends_it() {
    let content = b"{\r\n\"a\": \xff\0}\n".to_vec();
    for (option, sent) in [
        ("--data-binary", content.clone()),
        ("--json", content.clone()),
        ("-T", content.clone()),
        ("-d", b"{\"a\": \xff}".to_vec()),
        ("--data", b"{\"a\": \xff}".to_vec()),
    ] {
        let at = if option == "-T" { "" } else { "@" };
        let command = format!("curl {option} {at}body.json https://receiver.example/");
        let [captured] =
            <[Captured; 1]>::try_from(Captured::read(command.as_bytes()).unwrap()).unwrap();
        assert_eq!(captured.body_file(), Some(b"body.json".as_slice()));
        assert!(captured.is_cut());
        let [captured] =
            <[Captured; 1]>::try_from(Captured::read(captured.to_json().as_bytes()).unwrap())
                .unwrap();
        let captured = captured.with_file(content.clone());
        assert_eq!(captured.body(), sent, "{option}");
        assert!(!captured.is_cut() && captured.body_file().is_none());
    }
}

#[test]
fn says_what_a_receiver_answers_to_a_delivery_that_verifies() {
    let answer = |input: &str| {
        let read = Captured::read(input.as_bytes()).unwrap();
        let capture = Capture::of(&read[0], UnixSeconds::new(1_760_000_000));
        let report = capture.diagnose(["whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]);
        assert_eq!(report.outcome(), Outcome::Verifies);
        assert_eq!(
            report.lacks(),
            [],
            "a right MAC proves that all of it is there"
        );
        assert_eq!(
            report.answer_detail().is_empty(),
            report.answer() == Code::Accepted
        );
        report.answer()
    };
    let request = |line: &str, more: &str| {
        format!(
            "{line} / HTTP/1.1\nX-Overten-Signature: sha256=f28888a08ad78128cfaa478ed699bbc4a9155929c0e8b1b0e14b671d1efe46c9\n\
             X-Overten-Timestamp: 1760000000\n{more}\n\
             {{\"event\":\"run.completed\",\"run_id\":\"run_01\",\"data\":{{\"ok\":true}}}}"
        )
    };
    assert_eq!(answer(&request("POST", "")), Code::Accepted);
    assert_eq!(
        answer(&request("POST", "Content-Length: 62\n")),
        Code::Accepted
    );
    assert_eq!(
        answer(&request("POST", "Content-Length: 100\n")),
        Code::Unavailable
    );
    assert_eq!(answer(&request("GET", "")), Code::MethodNotAllowed);
}

#[test]
fn tells_from_the_beginning_of_a_signature_whose_it_is() {
    let secrets = [
        (
            "other",
            "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=",
        ),
        (
            "right",
            "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        ),
    ];
    let body = r#"{"event":"run.completed","run_id":"run_01","data":{"ok":true}}"#;
    let of = |signature: &str, timestamp: &str, body: &str, more: Value| {
        let mut line = json!({"raw": "signature_mismatch", "body": body,
            "headers": {"X-Overten-Signature": signature, "X-Overten-Timestamp": timestamp}});
        for (name, value) in more.as_object().unwrap() {
            line[name] = value.clone();
        }
        let read = Captured::read(line.to_string().as_bytes()).unwrap();
        let report = Capture::of(&read[0], UnixSeconds::new(1_760_000_000)).diagnose(secrets);
        assert!(!report.lacks().is_empty() || signature.ends_with('0'));
        let label = report.begins_as_signed_with();
        label.map(|label| label.to_string())
    };
    let right = Some("right".to_owned());
    for shown in ["sha256=f28888a0…", "sha256=f28888a0..."] {
        assert_eq!(of(shown, "1760000000", body, json!({})), right);
    }
    for (signature, timestamp, body, more) in [
        ("sha256=f28888a1…", "1760000000", body, json!({})),
        ("sha256=f28888a0…", "1760000001", body, json!({})),
        ("sha256=f28888a0…", "01760000000", body, json!({})),
        ("sha256=f28888a0…", "1760000000", "{}", json!({})),
        (
            "sha256=f28888a0…",
            "1760000000",
            &body[..20],
            json!({"cut_at": 20}),
        ),
        ("sha256=f28…", "1760000000", body, json!({})),
        ("sha256=f28888a0", "1760000000", body, json!({})),
    ] {
        assert_eq!(of(signature, timestamp, body, more), None, "{signature}");
    }
}

proptest! {
    #[test]
    fn no_input_makes_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Captured::read(&bytes);
    }

    #[test]
    fn no_near_miss_makes_reading_panic(
        start in prop::sample::select(vec![
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "curl ", "curl $'", "{\"raw\":\"x\",\"headers\":",
            "{\"format\":\"overten-webhook-capture/1\",\"headers\":[", "{\"log\":{\"entries\":[", "{\"request\":{", "a: b\n",
            "{\"version\":1,\"key\":\"a\",\"timestamp\":1,\"received_at_ms\":1,\"body\":",
        ]),
        rest in "[-{}\\[\\]\":,@ ab0-9\\\\\r\n'$xu<>|;#]{0,60}",
    ) {
        let _ = Captured::read(format!("{start}{rest}").as_bytes());
    }

    #[test]
    fn what_was_received_is_kept_to_the_byte(
        method in "[A-Z]{1,9}",
        target in prop::collection::vec(any::<u8>(), 0..30),
        headers in prop::collection::vec((header_name(), prop::collection::vec(any::<u8>(), 0..30)), 0..6),
        body in prop::collection::vec(any::<u8>(), 0..300),
        at in any::<i64>(),
    ) {
        let captured = Captured::received(UnixSeconds::new(at), method.as_bytes(), &target, headers, body);
        let back = Captured::read(captured.to_json().as_bytes()).unwrap();
        prop_assert_eq!(&back[..], &[captured]);
    }

    #[test]
    fn a_body_is_what_stands_behind_the_blank_line(
        body in prop::collection::vec(any::<u8>(), 0..300),
        end in prop::sample::select(vec!["\r\n", "\n"]),
    ) {
        let mut request = format!("POST /a HTTP/1.1{end}X-Overten-Timestamp: 1{end}{end}").into_bytes();
        request.extend_from_slice(&body);
        let read = Captured::read(&request).unwrap();
        prop_assert_eq!(read[0].body(), body);
    }

    #[test]
    fn a_chunked_body_is_put_together(
        chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..8),
    ) {
        let mut request = b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        for chunk in &chunks {
            request.extend_from_slice(format!("{:X}\r\n", chunk.len()).as_bytes());
            request.extend_from_slice(chunk);
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"0\r\n\r\n");
        let read = Captured::read(&request).unwrap();
        prop_assert_eq!(read[0].body(), chunks.concat());
        prop_assert!(!read[0].is_cut());
    }

    #[test]
    fn a_quoted_body_is_what_was_quoted(body in "\\PC{0,80}", signature in "[ -~]{1,40}") {
        prop_assume!(!body.starts_with('@') && !signature.trim().is_empty());
        let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
        let header = quoted(&format!("X-Overten-Signature: {signature}"));
        let command = format!("curl -H {header} --data-binary {} https://receiver.example/", quoted(&body));
        let read = Captured::read(command.as_bytes()).unwrap();
        prop_assert_eq!(read[0].body(), body.as_bytes());
        let (_, value) = read[0].headers().next().unwrap();
        prop_assert_eq!(value, signature.trim_matches([' ', '\t']).as_bytes());
    }
}

fn header_name() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 1..12)
}

fn file() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/captures.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn bytes(holder: &Value, name: &str) -> Vec<u8> {
    match holder.get(name) {
        Some(text) => text.as_str().unwrap().into(),
        None => hex::decode(holder[format!("{name}_hex")].as_str().unwrap()).unwrap(),
    }
}

fn check(case: &Value) -> Result<(), String> {
    let seen = match Captured::read(&bytes(case, "input")) {
        Ok(all) => json!({ "captures": all.iter().map(as_json).collect::<Vec<_>>() }),
        Err(error) => {
            let mut seen = json!({ "fault": error.fault().as_str() });
            for (name, place) in [("line", error.line()), ("offset", error.offset())] {
                if let Some(place) = place {
                    seen[name] = place.into();
                }
            }
            seen
        }
    };
    match seen == case["expect"] {
        true => Ok(()),
        false => Err(format!("{}: {seen}\n  for {}", case["id"], case["expect"])),
    }
}

/// All but the form.
fn contents(captured: &Captured) -> Value {
    let mut contents = as_json(captured);
    for name in ["form", "left_out_bytes"] {
        contents[name].take();
    }
    contents
}

fn as_json(captured: &Captured) -> Value {
    let text = |bytes: Option<&[u8]>| bytes.map(|bytes| str::from_utf8(bytes).unwrap().to_owned());
    let mut seen = json!({
        "form": captured.form().as_str(),
        "method": text(captured.method()),
        "target": text(captured.target()),
        "headers": captured.headers().map(|(name, value)| {
            let mut header = json!({});
            put(&mut header, "name", name);
            put(&mut header, "value", value);
            header
        }).collect::<Vec<_>>(),
        "received_at": captured.received_at().map(UnixSeconds::get),
        "lacks": captured.lacks().iter().map(|lack| lack.as_str()).collect::<Vec<_>>(),
        "body_file": text(captured.body_file()),
        "left_out_bytes": captured.left_out_bytes(),
    });
    put(&mut seen, "body", captured.body());
    seen
}

fn put(holder: &mut Value, name: &str, bytes: &[u8]) {
    match str::from_utf8(bytes) {
        Ok(text) => holder[name] = text.into(),
        Err(_) => holder[format!("{name}_hex")] = hex::encode(bytes).into(),
    }
}
