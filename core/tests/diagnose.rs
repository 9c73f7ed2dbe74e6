//! What a diagnosis must name, what it must never show, and how much it may hash.

use std::path::Path;

use overten_webhook::diagnose::{Capture, Cause, Outcome, Report, Suspicion};
use overten_webhook::{Label, Secret, SecretInput, Tolerance, UnixSeconds, sign};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER: &str = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
const NOW: UnixSeconds = UnixSeconds::new(1_760_000_000);

#[test]
fn explains_every_delivery_as_its_vector_says() {
    let file = file();
    let failures: Vec<String> = file
        .cases
        .iter()
        .filter_map(|case| case.check().err())
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(file.cases.len(), file.count, "the file's own count");
    println!("{} diagnoses", file.count);
}

#[test]
fn notices_a_flipped_vector() {
    let mut cases = file().cases.into_iter();
    let mut case = cases.find(|case| case.id == "json/spaced").unwrap();
    assert_eq!(case.check(), Ok(()));
    case.expect.causes = vec!["json_escapes".into()];
    assert!(case.check().is_err());
}

#[test]
fn has_the_words_of_the_vectors() {
    let file = file();
    let causes: Vec<_> = Cause::ALL.iter().map(|cause| cause.as_str()).collect();
    assert_eq!(causes, file.causes);
    let suspicions = Suspicion::ALL.iter().map(|suspicion| suspicion.as_str());
    assert_eq!(suspicions.collect::<Vec<_>>(), file.suspicions);
}

#[test]
fn shows_no_secret_no_mac_and_no_signature() {
    for case in &file().cases {
        let report = case.report();
        let shown = format!("{report}\n{report:?}\n{}", report.to_json());
        let secrets = case.secrets.iter().chain(&case.others);
        let mut private: Vec<String> = secrets
            .flat_map(|given| {
                given
                    .secret
                    .split(['"', '\'', ',', '\n', ' ', '=', '\0'])
                    .map(String::from)
            })
            .filter(|part| part.len() >= 12)
            .collect();
        for header in &case.headers {
            let value = String::from_utf8_lossy(header.value()).to_lowercase();
            private.extend(
                value
                    .split(['=', '"', '\'', ',', ' ', ':', '%'])
                    .map(String::from)
                    .filter(|part| part.len() >= 20),
            );
        }
        let body = String::from_utf8_lossy(&case.body()).into_owned();
        for secret in &case.secrets {
            for label in ["secret-0", "secret-1"] {
                assert_ne!(secret.secret, label);
            }
            if let Ok(secret) = Secret::new(secret.secret.as_bytes()) {
                let right = sign(&secret, NOW, &case.body()).unwrap();
                private.push(right.signature_value()[7..].into());
            }
        }
        private.retain(|part| !body.contains(part.as_str()) || part.starts_with("whsec_"));
        for part in &private {
            let start = &part[..part.floor_char_boundary(12)];
            assert!(
                !shown.to_lowercase().contains(&start.to_lowercase()),
                "{}: {start} stands in {shown}",
                case.id
            );
        }
    }
}

#[test]
fn a_secret_in_a_place_of_its_own_is_not_shown_either() {
    let body = format!(
        r#"{{"event":"{SECRET}","run_id":"{}","task_id":"t\nx"}}"#,
        &SECRET[..20]
    );
    let headers = [
        ("X-Overten-Signature", SECRET),
        ("X-Overten-Timestamp", SECRET),
    ];
    let capture = Capture::new(headers, body.as_bytes(), NOW);
    let report = capture.diagnose([SecretInput::labelled(
        &SECRET.as_bytes()[..20],
        SECRET.as_bytes(),
    )]);
    let shown = format!("{report}\n{report:?}\n{}\n{capture:?}", report.to_json());
    assert!(!shown.contains(&SECRET[..14]), "{shown}");
    assert_eq!(report.facts().secrets[0].label.as_str(), "secret-0");
}

#[test]
fn the_json_says_what_the_report_says() {
    for case in &file().cases {
        let report = case.report();
        let json: Value = serde_json::from_str(&report.to_json()).unwrap();
        assert!(!report.to_json().contains('\n'));
        assert_eq!(json["outcome"], report.outcome().as_str());
        assert_eq!(json["code"], report.code().as_str());
        let causes = json["causes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["cause"].as_str().unwrap());
        assert!(causes.eq(report.causes().map(Cause::as_str)));
        assert_eq!(json["complete"], report.is_complete());
        assert_eq!(json["facts"]["body_bytes"], case.body().len());
        assert_eq!(
            json["facts"]["secrets"].as_array().unwrap().len(),
            report.facts().secrets.len()
        );
    }
}

#[test]
fn a_report_in_words_names_the_causes_and_the_facts() {
    let case = |id: &str| {
        file()
            .cases
            .into_iter()
            .find(|case| case.id == id)
            .unwrap()
            .report()
            .to_string()
    };
    let explained = case("secret/of-the-organisation");
    assert!(
        explained.contains("does not verify (signature_mismatch)"),
        "{explained}"
    );
    assert!(
        explained.contains("of the secret 'organisation'"),
        "{explained}"
    );
    assert!(
        explained.contains(Cause::OtherSecret.change()),
        "{explained}"
    );
    let unexplained = case("nothing/cut-by-length");
    assert!(
        unexplained.contains(Suspicion::BodyCut.what()),
        "{unexplained}"
    );
    for fact in [
        "300 bytes, SHA-256 ",
        "Content-Length: 656",
        "fingerprint 027cf575",
        "support",
    ] {
        assert!(unexplained.contains(fact), "{fact} in {unexplained}");
    }
    assert!(case("verifies/plain").starts_with("The delivery verifies\n"));
}

#[test]
fn every_text_is_a_sentence_that_says_what_to_do() {
    let causes = Cause::ALL
        .iter()
        .map(|cause| [cause.what(), cause.change()]);
    let suspicions = Suspicion::ALL
        .iter()
        .map(|suspicion| [suspicion.what(), suspicion.change()]);
    for text in causes.chain(suspicions).flatten() {
        assert!(
            text.ends_with('.') && text.starts_with(|c: char| c.is_ascii_uppercase() || c == '`'),
            "{text}"
        );
        assert!(!text.contains("  "), "{text}");
    }
}

#[test]
fn hashes_no_more_than_it_says_for_a_body_at_the_limit() {
    let body = at_the_limit(|n, text| format!(r#","m{n}":{{"b":[1.50,2,"é/<&>{text}"],"a":"x"}}"#));
    let signature = format!("sha256={}", "0".repeat(64));
    let report = at_now(&signature, &body).diagnose([OTHER, SECRET]);
    let most = 2 * 256 * body.len() as u64 + 64 * 1024 * 1024;
    let hashed = report.hashed_bytes();
    assert!((most / 2..=most).contains(&hashed), "{hashed} of {most}");
    assert!(!report.is_complete());
    assert!(
        report.to_string().contains("ended at its bound"),
        "{report}"
    );
}

#[test]
fn prints_no_more_than_it_says_of_a_body_that_grows_when_it_is_printed() {
    let deep = format!("{}1{}", "[".repeat(110), "]".repeat(110));
    let many = vec![deep; 256 * 1024 / 222].join(",");
    let body = format!(r#"{{"z":84.00,"credits_used":84,"s":"\u00e9‹/&é","a":[{many}]}}"#);
    let signature = format!("sha256={}", "0".repeat(64));
    let report = at_now(&signature, &body).diagnose([SECRET]);
    assert_eq!(report.outcome(), Outcome::Unexplained);
    assert!(!report.is_complete(), "{report}");
}

#[test]
fn tries_the_last_of_the_single_causes_for_a_body_at_the_limit() {
    let received =
        at_the_limit(|n, text| format!(r#","m{n:05}":{{"b":[1.50,2,"é/<&>{text}"],"a":"x"}}"#));
    let signed = at_the_limit(|n, text| {
        format!(r#", "m{n:05}": {{"a": "x", "b": [1.5, 2, "\u00e9/<&>{text}"]}}"#)
    });
    let secret = Secret::new(SECRET.as_bytes()).unwrap();
    let signature = sign(&secret, NOW, signed.as_bytes()).unwrap();
    let report = at_now(signature.signature_value(), &received).diagnose([OTHER, SECRET]);
    let causes = [
        Cause::JsonSpacing,
        Cause::JsonEscapes,
        Cause::JsonNumbers,
        Cause::JsonKeyOrder,
    ];
    assert_eq!(report.causes().collect::<Vec<_>>(), causes, "{report}");
}

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let json = "\\{\"event\":\"run\\.failed\",\"run_id\":\"[a-z é/\\\\n]{0,20}\"(,\"[a-c]\":[0-9]{1,3}(\\.[05])?){0,4}\\}\n?";
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        json.prop_map(String::into_bytes)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_genuine_delivery_verifies_and_has_no_causes(body in bodies(), time in 0..=999_999_999_999_i64) {
        let now = UnixSeconds::new(time);
        let signature = sign(&Secret::new(SECRET.as_bytes()).unwrap(), now, &body).unwrap();
        let headers = [
            ("x-overten-signature", signature.signature_value()),
            ("x-overten-timestamp", signature.timestamp_value()),
        ];
        let report = Capture::new(headers, &body, now).diagnose([OTHER, SECRET]);
        prop_assert_eq!(report.outcome(), Outcome::Verifies);
        prop_assert_eq!(report.causes().count(), 0);
        prop_assert_eq!(report.suspicions(), []);
        prop_assert_eq!(report.secret().unwrap().to_string(), "secret-1");
    }

    #[test]
    fn a_body_that_a_serializer_printed_again_is_explained(
        texts in prop::collection::vec("[a-z\"/\\\\\u{0}-\u{1f}<>&é\u{7f}\u{2028}😊]{0,12}", 0..4),
        numbers in prop::collection::vec(any::<i32>(), 0..3),
        pretty_received in any::<bool>(),
        tail in "\n?",
    ) {
        let value = json!({"event": "run.failed", "run_id": "r", "texts": texts, "n": {"n": numbers, "e": {}, "l": []}});
        let (compact, pretty) = (value.to_string(), format!("{value:#}"));
        let (signed, received) = if pretty_received { (compact, pretty) } else { (pretty, compact) };
        let secret = Secret::new(SECRET.as_bytes()).unwrap();
        let signature = sign(&secret, NOW, format!("{signed}{tail}").as_bytes()).unwrap();
        let report = at_now(signature.signature_value(), &received).diagnose([SECRET]);
        let newline = (!tail.is_empty()).then_some(Cause::FinalNewlineLost);
        prop_assert!(report.causes().eq(newline.into_iter().chain([Cause::JsonSpacing])), "{}", report);
    }

    #[test]
    fn noise_is_never_explained(
        body in bodies(),
        signature in "(sha256=|sha1=|v1,|)([0-9a-f]{64}|[0-9a-f]{40}|[A-Za-z0-9+/]{43}=|[ -~]{0,60})",
        timestamp in "[0-9]{10}|[0-9]{13}|[ -~]{0,20}",
        secret in "(whsec_)?[ -~]{0,60}",
    ) {
        let headers = [("x-overten-signature", signature.as_str()), ("x-overten-timestamp", timestamp.as_str())];
        let report = Capture::new(headers, &body, NOW).diagnose([secret.as_str()]);
        prop_assert_eq!(report.outcome(), Outcome::Unexplained);
        prop_assert_eq!(report.secret(), None);
        prop_assert!(report.is_complete());
    }

    #[test]
    fn what_is_explained_has_a_cause(
        mark in "[ \t\r\n\0,;'\"%]{0,2}",
        at in 0..4_usize,
        seconds in 0..1000_i64,
    ) {
        let body = b"{}";
        let signature = sign(&Secret::new(SECRET.as_bytes()).unwrap(), NOW, body).unwrap();
        let (mut signature, mut timestamp) =
            (signature.signature_value().to_string(), signature.timestamp_value().to_string());
        match at {
            0 => signature.push_str(&mark),
            1 => signature.insert_str(0, &mark),
            2 => timestamp.push_str(&mark),
            _ => timestamp.insert_str(0, &mark),
        }
        let headers = [("X-Overten-Signature", &signature), ("X-Overten-Timestamp", &timestamp)];
        let report = Capture::new(headers, body, UnixSeconds::new(NOW.get() + seconds)).diagnose([SECRET]);
        prop_assert_eq!(report.outcome() == Outcome::Explained, report.causes().count() > 0);
    }
}

/// An object of so many members, each with that text in it, that the one that is received is about 1 MiB long.
fn at_the_limit(member: impl Fn(usize, &str) -> String) -> String {
    let text = "text ".repeat(100);
    let members: String = (0..1_880).map(|n| member(n, &text)).collect();
    format!("{{{}}}", members.trim_start_matches([',', ' ']))
}

fn at_now<'a>(signature: &'a str, body: &'a str) -> Capture<'a> {
    let headers = [
        ("X-Overten-Signature", signature),
        ("X-Overten-Timestamp", "1760000000"),
    ];
    Capture::new(headers, body.as_bytes(), NOW)
}

fn file() -> File {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/diagnose.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[derive(Deserialize)]
struct File {
    count: usize,
    causes: Vec<String>,
    suspicions: Vec<String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    secrets: Vec<Given>,
    others: Vec<Given>,
    headers: Vec<Header>,
    body: Option<String>,
    body_hex: Option<String>,
    now: i64,
    tolerance: Option<u64>,
    max_body_bytes: Option<usize>,
    expect: Expect,
}

#[derive(Deserialize)]
struct Given {
    label: Option<String>,
    secret: String,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    value: String,
}

#[derive(Deserialize)]
struct Expect {
    outcome: String,
    code: String,
    secret: Option<String>,
    causes: Vec<String>,
    lacks: Vec<String>,
    begins_as_signed_with: Option<String>,
    suspicions: Vec<String>,
    answer: String,
}

impl Header {
    fn value(&self) -> &[u8] {
        self.value.as_bytes()
    }
}

impl Given {
    fn input(&self) -> SecretInput<'_> {
        match &self.label {
            Some(label) => SecretInput::labelled(label.as_bytes(), self.secret.as_bytes()),
            None => SecretInput::unlabelled(self.secret.as_bytes()),
        }
    }
}

impl Case {
    fn body(&self) -> Vec<u8> {
        match (&self.body, &self.body_hex) {
            (Some(text), None) => text.clone().into_bytes(),
            (None, Some(digits)) => hex::decode(digits).unwrap(),
            _ => panic!("{} has one body", self.id),
        }
    }

    fn report(&self) -> Report {
        let body = self.body();
        let headers = self
            .headers
            .iter()
            .map(|header| (&header.name, header.value()));
        let mut capture = Capture::new(headers, &body, UnixSeconds::new(self.now))
            .with_other_secrets(self.others.iter().map(Given::input));
        if let Some(seconds) = self.tolerance {
            capture = capture.with_tolerance(Tolerance::seconds(seconds));
        }
        if let Some(bytes) = self.max_body_bytes {
            capture = capture.with_max_body_bytes(bytes);
        }
        capture.diagnose(self.secrets.iter().map(Given::input))
    }

    fn check(&self) -> Result<(), String> {
        fn words(words: &[String]) -> Vec<&str> {
            words.iter().map(String::as_str).collect()
        }
        let report = self.report();
        let label = |label: Option<Label>| label.map(|label| label.to_string());
        let seen = (
            report.outcome().as_str(),
            report.code().as_str(),
            label(report.secret()),
            report.causes().map(Cause::as_str).collect(),
            report.lacks().iter().map(|lack| lack.as_str()).collect(),
            label(report.begins_as_signed_with()),
            report.suspicions().iter().map(|it| it.as_str()).collect(),
            report.answer().as_str(),
        );
        let expect = &self.expect;
        let wanted: (_, _, _, Vec<&str>, Vec<&str>, _, Vec<&str>, _) = (
            expect.outcome.as_str(),
            expect.code.as_str(),
            expect.secret.clone(),
            words(&expect.causes),
            words(&expect.lacks),
            expect.begins_as_signed_with.clone(),
            words(&expect.suspicions),
            expect.answer.as_str(),
        );
        if seen != wanted {
            return Err(format!("{}: {seen:?} instead of {wanted:?}", self.id));
        }
        let stray = report.causes().find(|cause| {
            !is_shown_by_itself(*cause) && !report.tried().any(|tried| tried == *cause)
        });
        stray.map_or(Ok(()), |cause| {
            Err(format!("{}: {cause} was not tried", self.id))
        })
    }
}

/// What is seen in the headers, the clock or the settings, so that no MAC is computed for it.
fn is_shown_by_itself(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::TimestampTooOld
            | Cause::TimestampInFuture
            | Cause::BodyTooLarge
            | Cause::SecretRefused
    ) || cause >= Cause::SignatureHeaderRenamed
}
