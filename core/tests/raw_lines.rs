//! Every case of `tests/vectors/raw_lines.json`: the exact line of each request, and how often it is written.

#[path = "common/files.rs"]
mod files;

use files::{Header, bytes, path_of, read};
use overten_webhook::{
    ANSWER_WITHIN_MS, Claim, Ending, RawLog, Receiver, Request, Retention, Secrets, Step,
    UnixSeconds, Verifier,
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "title")]
    _title: String,
    count: usize,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    #[serde(rename = "note")]
    _note: String,
    secrets: Vec<String>,
    raw_log: String,
    max_body_bytes: Option<usize>,
    requests: Vec<Sent>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    at: i64,
    times: usize,
    headers: Vec<Header>,
    body: Option<String>,
    body_hex: Option<String>,
    code: String,
    lines: usize,
    line: String,
}

fn load() -> File {
    read(&path_of("raw_lines.json", "OVERTEN_RAW_LINE_VECTORS"))
}

#[test]
fn every_request_leaves_its_line() {
    let file = load();
    let failures: Vec<String> = file.cases.iter().flat_map(differences).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(file.cases.len(), file.count, "the file's own count");
}

#[test]
fn notices_a_flipped_case() {
    let mut file = load();
    let case = &mut file.cases[1];
    assert_eq!(differences(case), [""; 0]);
    case.requests[1].line.push(' ');
    assert_eq!(differences(case).len(), 1);
}

#[test]
fn a_request_that_is_answered_late_leaves_one_line_with_that_answer() {
    let receiver = receiver_of(&load().cases[0]).with_raw_log(RawLog::All);
    let file = load();
    let sent = &file.cases[0].requests[0];
    let (headers, body) = (sent.headers(), sent.body());
    let line_of =
        |ending: &Ending| ending.raw_line(&receiver, sent.pairs(&headers), Some(&body), 0);
    let reading = receiver.begin(POST, sent.pairs(&headers), 0).unwrap();
    let received = reading.whole(&receiver, body.as_slice(), UnixSeconds::new(sent.at));
    let (late, step) = Step::Claim(received.unwrap().claiming).late();
    let late = late.unwrap();
    let line = sent.line.replace("accepted", "unavailable");
    assert_eq!(line_of(&late).as_deref(), Some(line.as_str()));
    let Step::Claim(claiming) = step else {
        panic!("the step goes on")
    };
    let lapsed = claiming.answered(Claim::Duplicate, ANSWER_WITHIN_MS, ANSWER_WITHIN_MS);
    let Step::Answer(ending) = lapsed else {
        panic!("a duplicate is answered")
    };
    assert_eq!(line_of(&ending), None);
}

#[test]
fn what_was_read_of_a_body_that_broke_off_is_not_shown_as_all_of_it() {
    let file = load();
    let receiver = receiver_of(&file.cases[0]).with_raw_log(RawLog::All);
    let sent = &file.cases[0].requests[0];
    let headers = sent.headers();
    let reading = receiver.begin(POST, sent.pairs(&headers), 0).unwrap();
    let ending = reading.broken_off();
    let line = ending.raw_line(&receiver, sent.pairs(&headers), Some(b"{\"a"), 0);
    let line = line.unwrap();
    assert!(line.ends_with(r#""body":"{\"a","cut_at":3}"#), "{line}");
}

/// As Go's slog writes it, too, whose fields stand before ours.
#[cfg(feature = "diagnose")]
#[test]
fn every_line_is_read_as_a_capture() {
    use overten_webhook::diagnose::{Captured, Form};

    let file = load();
    for sent in file.cases.iter().flat_map(|case| &case.requests) {
        let slog = r#"{"time":"2025-10-09T08:53:20Z","level":"WARN","msg":"overten webhook: raw","#;
        for line in [sent.line.clone(), sent.line.replacen('{', slog, 1)] {
            let captured = Captured::read(line.as_bytes()).unwrap();
            assert_eq!((captured.len(), captured[0].form()), (1, Form::RawLog));
            let (sent, shown) = (sent.body(), captured[0].body());
            assert!(sent.starts_with(shown), "{line}");
            assert!(captured[0].is_cut() || shown.len() == sent.len(), "{line}");
        }
    }
}

const POST: Request<'_> = Request {
    method: b"POST",
    target: b"/",
};

impl Sent {
    fn body(&self) -> Vec<u8> {
        bytes(self.body.as_deref(), self.body_hex.as_deref(), 0)
    }

    fn headers(&self) -> Vec<(&str, Vec<u8>)> {
        let pairs = self.headers.iter();
        pairs.map(|it| (it.name.as_str(), it.value())).collect()
    }

    fn pairs<'a>(
        &self,
        headers: &'a [(&'a str, Vec<u8>)],
    ) -> impl Iterator<Item = (&'a str, &'a Vec<u8>)> + Clone {
        headers.iter().map(|(name, value)| (*name, value))
    }

    /// What came of it, and its line.
    fn send(&self, receiver: &Receiver) -> (Ending, Option<String>) {
        let (headers, mut body) = (self.headers(), self.body());
        let at_ms = u64::try_from(self.at).unwrap() * 1000;
        let (ending, body) = match receiver.begin(POST, self.pairs(&headers), at_ms) {
            Err(ending) => (ending, None),
            Ok(reading) => {
                body.truncate(usize::try_from(reading.max_body_bytes()).unwrap() + 1);
                let now = UnixSeconds::new(self.at);
                let ending = match reading.whole(receiver, body.as_slice(), now) {
                    Err(ending) => ending,
                    Ok(received) => handled(received.claiming.answered(Claim::New, at_ms, at_ms)),
                };
                (ending, Some(body))
            }
        };
        let line = ending.raw_line(receiver, self.pairs(&headers), body.as_deref(), at_ms);
        (ending, line)
    }
}

fn handled(mut step: Step) -> Ending {
    loop {
        step = match step {
            Step::HandOn(step) => step.done(0),
            Step::Commit(step) => step.done(),
            Step::Answer(ending) => return ending,
            other => panic!("not asked for: {other:?}"),
        }
    }
}

fn receiver_of(case: &Case) -> Receiver {
    let mut verifier = Verifier::new(Secrets::new(&case.secrets).unwrap());
    if let Some(bytes) = case.max_body_bytes {
        verifier = verifier.with_max_body_bytes(bytes);
    }
    let receiver = Receiver::new(verifier, Retention::default()).unwrap();
    receiver.with_raw_log(case.raw_log.parse().unwrap())
}

/// What came out otherwise than the case says.
fn differences(case: &Case) -> Vec<String> {
    let receiver = receiver_of(case);
    let mut found = Vec::new();
    for (index, sent) in case.requests.iter().enumerate() {
        for time in 0..sent.times {
            let (ending, line) = sent.send(&receiver);
            let expected = (time < sent.lines).then_some(&sent.line);
            if ending.code().as_str() != sent.code || line.as_ref() != expected {
                let id = &case.id;
                found.push(format!(
                    "{id}, request {index}, time {time}:\nexpected {expected:?}\ngot {line:?}"
                ));
            }
        }
    }
    found
}
