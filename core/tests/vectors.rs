//! Every case of `tests/vectors/` gets the verdict that it must get.

#[path = "common/files.rs"]
mod files;

use std::path::PathBuf;

use files::{Header, bytes, given, read, vectors};
use overten_webhook::{
    Answer, Code, Delivery, Event, HostHash, HostKeys, Rejection, Scope, Secret, SecretInput,
    Secrets, SignedHeaders, Tolerance, UnixSeconds, Verdict, Verifier, sign,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

#[test]
fn gives_every_delivery_its_verdict() {
    let file: DeliveriesFile = read(&deliveries_path());
    let failures: Vec<String> = file
        .cases
        .iter()
        .filter_map(|case| check(case).err())
        .collect();
    assert_eq!(failures, [""; 0]);
    assert_eq!(file.cases.len(), file.count, "the file's own count");
    println!("{} deliveries", file.count);
}

#[test]
fn notices_a_flipped_verdict() {
    let file: DeliveriesFile = read(&deliveries_path());
    let mut case = file
        .cases
        .into_iter()
        .find(|case| case.expect["result"] == "verified")
        .unwrap();
    assert_eq!(check(&case), Ok(()));
    case.expect["secret"] = 1.into();
    assert!(check(&case).is_err());
}

#[test]
fn shows_fingerprints() {
    let details = details();
    for case in &details.fingerprints {
        let secret = Secret::new(case.secret.as_bytes()).unwrap();
        assert_eq!(secret.fingerprint().as_str(), case.fingerprint);
    }
    assert!(!details.fingerprints.is_empty());
}

#[test]
fn takes_and_refuses_labels() {
    let details = details();
    for case in &details.labels {
        let secrets: Vec<String> = (0..case.labels.len())
            .map(|n| format!("whsec_0123456789abcde{n}"))
            .collect();
        let pairs = case.labels.iter().zip(&secrets);
        let inputs = pairs.map(|(label, secret)| match label {
            Some(label) => SecretInput::labelled(label.as_bytes(), secret.as_bytes()),
            None => SecretInput::unlabelled(secret.as_bytes()),
        });
        let code = Secrets::new(inputs)
            .err()
            .map(|error| error.code().as_str());
        assert_eq!(code, case.code.as_deref(), "{:?}", case.labels);
    }
    assert!(!details.labels.is_empty());
}

#[test]
fn signs_what_verifies_and_refuses_the_rest() {
    let details = details();
    for case in &details.signing {
        let body = case.body();
        let time = UnixSeconds::new(case.timestamp);
        let signed = Secret::new(case.secret.as_bytes())
            .ok()
            .and_then(|secret| sign(&secret, time, &body).ok());
        assert_eq!(
            signed.is_none(),
            case.refused,
            "{} at {}",
            case.secret,
            case.timestamp
        );
        if let Some(signed) = signed {
            assert_eq!(Some(signed.signature_value()), case.signature.as_deref());
            let headers = SignedHeaders::from_values(
                Some(signed.signature_value().as_bytes()),
                Some(signed.timestamp_value().as_bytes()),
            );
            let verifier = Verifier::new(Secrets::new([&case.secret]).unwrap());
            assert!(verifier.verify(&headers.unwrap(), &body, time).is_ok());
        }
    }
    assert!(!details.signing.is_empty());
}

#[test]
fn keeps_members_as_sent() {
    let details = details();
    for case in &details.members {
        let delivery = authentic(case.body.as_bytes().to_vec());
        let event = delivery.event().unwrap();
        assert_eq!(
            event.member(&case.name),
            case.json.as_deref(),
            "{}",
            case.name
        );
    }
    assert!(!details.members.is_empty());
}

#[test]
fn agrees_with_the_catalogue_of_codes() {
    let file: CodesFile = read(&vectors().join("codes.json"));
    let listed: Vec<_> = file.codes.iter().map(|entry| entry.code.as_str()).collect();
    let ours: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(listed, ours);
    for (entry, code) in file.codes.iter().zip(Code::ALL) {
        assert_eq!(entry.number, code.number(), "{code}");
        assert_eq!(entry.status, code.http_status(), "{code}");
        assert_eq!(entry.retryable, code.is_retryable(), "{code}");
        assert_eq!(Code::from_number(entry.number), Some(code));
        assert_eq!(entry.code.parse(), Ok(code));
        let answer = Answer::to(code);
        if let Some(body) = &entry.reply {
            assert_eq!((answer.code(), answer.body()), (code, body.as_str()));
            assert_eq!(answer.status(), entry.status);
        } else {
            assert_ne!(
                answer.code(),
                code,
                "{code} is not answered, and codes.json gives no reply"
            );
        }
    }
}

/// The file named by `OVERTEN_VECTORS` runs instead of the project's own.
fn deliveries_path() -> PathBuf {
    files::path_of("deliveries.json", "OVERTEN_VECTORS")
}

fn details() -> DetailsFile {
    read(&vectors().join("details.json"))
}

fn check(case: &Case) -> Result<(), String> {
    let mut expected = case.expect.clone();
    // JSON writes the double 84 in two ways.
    if let Some(credits) = expected
        .get_mut("event")
        .and_then(|event| event.get_mut("credits_used"))
    {
        *credits = credits.as_f64().into();
    }
    let outcome = outcome(case);
    if outcome == expected {
        Ok(())
    } else {
        Err(format!(
            "{}: expected {expected:?}, got {outcome:?}",
            case.id
        ))
    }
}

/// What the core makes of a case, in the form of its `expect`.
fn outcome(case: &Case) -> Map<String, Value> {
    let (secrets, keys) = match HostKeys::with_secrets(case.secrets.iter().map(SecretInput::from)) {
        Ok(made) => made,
        Err(error) => {
            let code = error.code();
            return object(
                json!({"result": "refused", "code": code.as_str(), "status": code.http_status()}),
            );
        }
    };
    let mut verifier = Verifier::new(secrets).with_tolerance(case.tolerance());
    if let Some(limit) = case.max_body_bytes {
        verifier = verifier.with_max_body_bytes(limit);
    }
    let pairs: Vec<_> = case
        .headers
        .iter()
        .map(|header| (header.name.as_str(), header.value()))
        .collect();
    let body = case.body();
    let now = UnixSeconds::new(case.now);
    let whole = SignedHeaders::from_pairs(pairs.iter().map(|(name, value)| (name, value)))
        .and_then(|headers| {
            let in_chunks = verify_in_chunks(&verifier, &headers, &body, now);
            let whole = verifier.verify(&headers, body.as_slice(), now);
            let verdict = whole.as_ref().map(|delivery| *delivery.verdict());
            assert_eq!(verdict, in_chunks.as_ref().copied(), "{}", case.id);
            check_hosts(case, &verifier, &keys, &headers, verdict);
            whole
        });
    match whole {
        Ok(delivery) => verified(&delivery),
        Err(rejection) => {
            let code = rejection.code();
            let mut map = object(json!({
                "result": "rejected", "code": code.as_str(),
                "status": code.http_status(), "retryable": code.is_retryable(),
            }));
            if let Some(age) = rejection.age_seconds() {
                map.insert("age".into(), age.into());
            }
            map
        }
    }
}

fn verify_in_chunks(
    verifier: &Verifier,
    headers: &SignedHeaders,
    body: &[u8],
    now: UnixSeconds,
) -> Result<Verdict, Rejection> {
    let mut verification = verifier.begin(headers);
    for chunk in body.chunks(61) {
        verification.update(chunk);
    }
    verification.finish(now)
}

/// A host that hashes, or says that it cannot, leads to the same verdict; one that hashes wrongly to none but a refusal.
fn check_hosts(
    case: &Case,
    verifier: &Verifier,
    keys: &HostKeys,
    headers: &SignedHeaders,
    verdict: Result<Verdict, &Rejection>,
) {
    type Hash = fn(&[u8]) -> Option<[u8; 32]>;
    let body = case.body();
    let by_host = |hash: Hash| {
        let now = UnixSeconds::new(case.now);
        let mut host = HostHash {
            keys,
            sha256: &mut |block, before_body| {
                hash(&[block, before_body[0], before_body[1], &body].concat())
            },
        };
        let delivery = verifier.verify_by_host(headers, &body, now, Some(&mut host));
        delivery.map(|delivery| *delivery.verdict())
    };
    let sha256 = |content: &[u8]| Some(Sha256::digest(content).into());
    let hosts: [(&str, Hash); 2] = [("hashes", sha256), ("cannot", |_| None)];
    for (host, hash) in hosts {
        assert_eq!(
            by_host(hash).as_ref().copied(),
            verdict,
            "{}, a host that {host}",
            case.id
        );
    }
    let wrong: [Hash; 4] = [
        |_| Some([0; 32]),
        |_| Some(Sha256::digest([]).into()),
        |content| Some(Sha256::digest(content.get(64..)?).into()),
        |content| Some(Sha256::digest([content, &[0]].concat()).into()),
    ];
    for hash in wrong {
        let refused = by_host(hash).unwrap_err().code();
        assert!(
            [Code::SignatureMismatch, Code::BodyTooLarge].contains(&refused),
            "{}: {refused}",
            case.id
        );
    }
}

fn verified(delivery: &Delivery<&[u8]>) -> Map<String, Value> {
    let mut map = object(json!({
        "result": "verified", "status": 200, "secret": delivery.verdict().secret_index(),
    }));
    let keys = match delivery.event() {
        Ok(event) => {
            map.insert(
                "timestamp".into(),
                delivery.verdict().timestamp().get().into(),
            );
            map.insert("age".into(), delivery.verdict().age_seconds().into());
            map.insert("event".into(), Value::Object(fields(&event)));
            [Scope::Run, Scope::Task].map(|scope| event.idempotency_key(scope))
        }
        Err(error) => {
            map.insert("payload".into(), error.code().as_str().into());
            [delivery.body_key(); 2]
        }
    };
    for (name, key) in ["key", "task_key"].into_iter().zip(keys) {
        map.insert(name.into(), key.as_str().into());
    }
    map
}

fn fields(event: &Event<&[u8]>) -> Map<String, Value> {
    let error = event.error().map(|error| {
        let mut map = Map::new();
        map.extend(error.code.map(|code| ("code".into(), code.into())));
        map.extend(
            error
                .message
                .map(|message| ("message".into(), message.into())),
        );
        Value::Object(map)
    });
    macro_rules! named {
        ($($name:ident: $type:ident, $doc:literal;)*) => {
            vec![$((stringify!($name), event.$name().map(Value::from)),)*]
        };
    }
    let mut optional = overten_webhook::optional_fields!(named);
    optional.push(("task_id", event.task_id().map(Value::from)));
    optional.push(("error", error));
    let mut map = object(json!({
        "event": event.name(), "kind": event.kind().as_str(), "run_id": event.run_id(),
    }));
    for (name, value) in optional {
        map.extend(value.map(|value| (name.to_string(), value)));
    }
    map
}

fn authentic(body: Vec<u8>) -> Delivery<Vec<u8>> {
    let text = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let now = UnixSeconds::new(1_760_000_000);
    let signed = sign(&Secret::new(text.as_bytes()).unwrap(), now, &body).unwrap();
    let headers = SignedHeaders::from_values(
        Some(signed.signature_value().as_bytes()),
        Some(signed.timestamp_value().as_bytes()),
    );
    Verifier::new(Secrets::new([text]).unwrap())
        .verify(&headers.unwrap(), body, now)
        .unwrap()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("not an object: {other}"),
    }
}

#[derive(Deserialize)]
struct DeliveriesFile {
    count: usize,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    #[serde(rename = "note", default)]
    _note: String,
    secrets: Vec<String>,
    headers: Vec<Header>,
    body: Option<String>,
    body_hex: Option<String>,
    #[serde(default)]
    body_spaces: usize,
    now: i64,
    max_body_bytes: Option<usize>,
    #[serde(default, deserialize_with = "given")]
    tolerance: Option<Value>,
    expect: Map<String, Value>,
}

impl Case {
    fn body(&self) -> Vec<u8> {
        bytes(
            self.body.as_deref(),
            self.body_hex.as_deref(),
            self.body_spaces,
        )
    }

    fn tolerance(&self) -> Tolerance {
        files::tolerance(self.tolerance.as_ref())
    }
}

#[derive(Deserialize)]
struct DetailsFile {
    fingerprints: Vec<FingerprintCase>,
    labels: Vec<LabelsCase>,
    signing: Vec<SigningCase>,
    members: Vec<MemberCase>,
}

#[derive(Deserialize)]
struct FingerprintCase {
    secret: String,
    fingerprint: String,
}

#[derive(Deserialize)]
struct LabelsCase {
    labels: Vec<Option<String>>,
    code: Option<String>,
}

#[derive(Deserialize)]
struct SigningCase {
    secret: String,
    timestamp: i64,
    body: Option<String>,
    body_hex: Option<String>,
    signature: Option<String>,
    #[serde(default)]
    refused: bool,
}

impl SigningCase {
    fn body(&self) -> Vec<u8> {
        bytes(self.body.as_deref(), self.body_hex.as_deref(), 0)
    }
}

#[derive(Deserialize)]
struct MemberCase {
    body: String,
    name: String,
    json: Option<String>,
}

#[derive(Deserialize)]
struct CodesFile {
    codes: Vec<CodeEntry>,
}

#[derive(Deserialize)]
struct CodeEntry {
    code: String,
    number: u32,
    status: u16,
    retryable: bool,
    reply: Option<String>,
}
