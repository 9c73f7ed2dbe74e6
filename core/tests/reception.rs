//! The steps of a receiver: the table whole, misuse, bytes between two steps, times, log lines.

mod common;

use common::{SECRET, signed};
use overten_webhook::{
    ANSWER_WITHIN_MS, Asked, Claim, Code, Ending, Level, Named, Outcome, Reading, Received,
    Receiver, ReceiverError, Request, Retention, Secrets, Step, UnixSeconds, Verifier,
};

const NOW: UnixSeconds = UnixSeconds::new(1_760_000_000);
const EVENT: &[u8] = br#"{"event":"run.completed","run_id":"run_01"}"#;
const NO_EVENT: &[u8] = b"authentic, but not JSON";
const POST: Request<'_> = Request {
    method: b"POST",
    target: b"/webhooks/overten",
};

fn receiver() -> Receiver {
    let verifier = Verifier::new(Secrets::new([SECRET]).unwrap());
    Receiver::new(verifier, Retention::default()).unwrap()
}

fn begun(receiver: &Receiver, body: &[u8], more: &[(&str, &str)]) -> Result<Reading, Ending> {
    let signature = signed(body, NOW);
    let signed = [
        ("X-Overten-Signature", signature.signature_value()),
        ("X-Overten-Timestamp", signature.timestamp_value()),
    ];
    let headers = signed.into_iter().chain(more.iter().copied());
    receiver.begin(POST, headers, 0)
}

fn received<'a>(receiver: &Receiver, body: &'a [u8], more: &[(&str, &str)]) -> Received<&'a [u8]> {
    begun(receiver, body, more)
        .unwrap()
        .whole(receiver, body, NOW)
        .unwrap()
}

fn line(receiver: &Receiver, ending: Ending, whys: &[&str], at_ms: u64) -> serde_json::Value {
    let whys: Vec<&[u8]> = whys.iter().map(|why| why.as_bytes()).collect();
    let record = ending.record(receiver, None, &whys, at_ms);
    let text = record.to_string();
    assert_eq!(text.lines().count(), 1, "{text}");
    let line: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(line["level"], record.level().as_str());
    line
}

fn detail(line: &serde_json::Value) -> &str {
    line["detail"].as_str().unwrap_or_default()
}

/// Every step that is asked for after the body, by the outcomes that lead there.
fn every_step(receiver: &Receiver) -> Vec<Step> {
    let mut found: Vec<Step> = Vec::new();
    let mut open: Vec<Step> = [EVENT, NO_EVENT]
        .map(|body| Step::Claim(received(receiver, body, &[]).claiming))
        .into();
    while let Some(step) = open.pop() {
        if found.contains(&step) {
            continue;
        }
        open.push(copy(&step).late().1);
        for outcome in OUTCOMES {
            open.extend(copy(&step).advance(outcome, 0, 0));
            open.extend(copy(&step).advance(outcome, 0, 60_000));
        }
        found.push(step);
    }
    found
}

/// Steps are not to be copied, but for a test that tries every way.
fn copy(step: &Step) -> Step {
    Step::from_plain(&step.to_plain()).unwrap()
}

const OUTCOMES: [Outcome; 14] = [
    Outcome::WellFormed,
    Outcome::Refused,
    Outcome::BrokenOff,
    Outcome::Readable,
    Outcome::Unreadable,
    Outcome::New,
    Outcome::NewUnreadable,
    Outcome::NewLapsed,
    Outcome::Duplicate,
    Outcome::InFlight,
    Outcome::Done,
    Outcome::ClaimLost,
    Outcome::Failed,
    Outcome::FailedForGood,
];

#[test]
fn a_receiver_takes_bodies_of_at_least_one_byte() {
    let made = |bytes| {
        let verifier = Verifier::new(Secrets::new([SECRET]).unwrap()).with_max_body_bytes(bytes);
        Receiver::new(verifier, Retention::default())
    };
    let error = made(0).unwrap_err();
    assert_eq!(error, ReceiverError::NoBody);
    assert_eq!(error.code(), Code::InvalidArgument);
    assert!(error.to_string().contains("at least 1"));
    assert!(made(1).is_ok());
}

#[test]
fn every_way_ends_and_answers_once() {
    let receiver = receiver();
    let steps = every_step(&receiver);
    assert!(steps.len() > 40, "{}", steps.len());
    for step in steps {
        let next = OUTCOMES
            .iter()
            .filter_map(|outcome| copy(&step).advance(*outcome, 0, 0).ok());
        assert_eq!(
            next.count() == 0,
            matches!(step, Step::Answer(_)),
            "{step:?}"
        );
        let (asked, is_waited_for) = (step.asked(), step.answer_by_ms().is_some());
        let (first, same) = step.late();
        assert_eq!(same.asked(), asked);
        assert_eq!(same.late().0, None, "answered twice: {asked}");
        assert_eq!(first.is_some(), is_waited_for);
    }
}

#[test]
fn every_step_survives_as_bytes_and_no_other_bytes_are_taken() {
    let receiver = receiver();
    for step in every_step(&receiver) {
        let plain = step.to_plain();
        assert_eq!(Step::from_plain(&plain), Some(step));
        assert_eq!(Reading::from_plain(&plain), None);
        for at in 0..plain.len() {
            let mut broken = plain;
            broken[at] ^= 0x55;
            // Whatever is made of it, it is whole again: nothing panics and nothing is half a step.
            if let Some(step) = Step::from_plain(&broken) {
                assert_eq!(Step::from_plain(&step.to_plain()), Some(step));
            }
        }
    }
    let reading = begun(
        &receiver,
        EVENT,
        &[("Content-Length", "43"), ("X-Overten-Event", "x")],
    )
    .unwrap();
    let plain = reading.to_plain();
    assert_eq!(Reading::from_plain(&plain), Some(reading));
    assert_eq!(Step::from_plain(&plain), None);
    assert_eq!(Step::from_plain(&[0; overten_webhook::PLAIN_BYTES]), None);
}

#[test]
fn outcome_that_was_not_asked_for_is_a_typed_error_that_names_both() {
    let receiver = receiver();
    let step = Step::Claim(received(&receiver, EVENT, &[]).claiming);
    let error = copy(&step).advance(Outcome::Done, 0, 0).unwrap_err();
    assert_eq!((error.asked, error.outcome), (Asked::Claim, Outcome::Done));
    assert!(error.to_string().contains("claim the key"), "{error}");
    for made_in_core in [Outcome::NewLapsed, Outcome::NewUnreadable] {
        assert!(copy(&step).advance(made_in_core, 0, 0).is_err());
    }
}

#[test]
fn holder_whose_lease_lapsed_before_its_handler_began_does_not_begin() {
    let receiver = receiver();
    let claiming = || received(&receiver, EVENT, &[]).claiming;
    let in_time = claiming().answered(Claim::New, 1_000, 60_999);
    assert_eq!(in_time.asked(), Asked::HandOn);
    let Step::Release(releasing) = claiming().answered(Claim::New, 1_000, 61_000) else {
        panic!("a lapsed holder begins");
    };
    let Step::Answer(ending) = releasing.done() else {
        panic!("not the end");
    };
    let line = line(&receiver, ending, &[], 61_000);
    assert_eq!(line["code"], "unavailable");
    assert!(
        detail(&line).contains("lapsed before the handler could begin"),
        "{line}"
    );
}

#[test]
fn late_step_is_answered_at_once_and_what_came_of_it_is_a_second_line() {
    let receiver = receiver();
    let claiming = || received(&receiver, EVENT, &[]).claiming;
    let claim = Step::Claim(claiming());
    assert_eq!(claim.answer_by_ms(), Some(ANSWER_WITHIN_MS));
    let (ending, _) = claim.late();
    assert_eq!(ending.unwrap().code(), Code::Unavailable, "the store hangs");

    let handing_on = claiming().answered(Claim::New, 0, 0);
    let (ending, handing_on) = handing_on.late();
    let ending = ending.unwrap();
    assert_eq!(ending.answer(&receiver).unwrap().status(), 503);
    let first = line(&receiver, ending, &[], 10_000);
    assert_eq!(
        (&first["code"], &first["level"]),
        (&"in_flight".into(), &"warn".into())
    );

    let Step::Commit(committing) = handing_on.advance(Outcome::Done, 0, 20_000).unwrap() else {
        panic!("not committed");
    };
    let Step::Answer(ending) = committing.done() else {
        panic!("not the end");
    };
    assert_eq!(ending.answer(&receiver), None);
    let second = line(&receiver, ending, &[], 20_000);
    assert_eq!(second["code"], "accepted");
    assert_eq!(
        detail(&second),
        "answered in_flight after 10 s, and this came of it"
    );
}

#[test]
fn lost_claim_is_accepted_with_a_warning_and_so_is_an_outlived_lease() {
    let receiver = receiver();
    let handing_on = received(&receiver, EVENT, &[])
        .claiming
        .answered(Claim::New, 0, 0);
    let Step::Commit(committing) = handing_on.advance(Outcome::Done, 0, 60_000).unwrap() else {
        panic!("not committed");
    };
    let Step::Answer(ending) = committing.lost() else {
        panic!("not the end");
    };
    let line = line(&receiver, ending, &[], 60_000);
    assert_eq!(
        (&line["code"], &line["level"]),
        (&"accepted".into(), &"warn".into())
    );
    assert!(
        detail(&line).contains("outlived its lease of 60 s"),
        "{line}"
    );
    assert!(detail(&line).contains("somebody else's"), "{line}");
    assert!(detail(&line).contains("longer than 10 s"), "{line}");
}

#[test]
fn failure_of_the_handler_and_of_the_release_are_both_told() {
    let receiver = receiver();
    let step = Step::Claim(received(&receiver, EVENT, &[]).claiming);
    let step = step.advance(Outcome::New, 0, 0).unwrap();
    let step = step.advance(Outcome::Failed, 0, 0).unwrap();
    let Step::Answer(ending) = step.advance(Outcome::Failed, 0, 0).unwrap() else {
        panic!("not the end");
    };
    let forged = "oops\n{\"code\":\"accepted\"}\u{2028}";
    let line = line(&receiver, ending, &[forged, "no connection"], 5);
    assert_eq!(
        detail(&line),
        format!(
            "the handler failed: {forged}; the claim could not be released, and lapses: no connection"
        )
    );
    assert_eq!(
        (&line["elapsed_ms"], &line["level"]),
        (&5.into(), &"error".into())
    );
}

#[test]
fn texts_are_cut_and_hidden_characters_escaped() {
    let receiver = receiver();
    let long = "é".repeat(257);
    let body = format!(r#"{{"event":"{long}","run_id":"\u001b[31m\u202e"}}"#);
    let received = received(&receiver, body.as_bytes(), &[]);
    let step = received.claiming.answered(Claim::New, 0, 0);
    let step = step.advance(Outcome::Failed, 0, 0).unwrap();
    let Step::Answer(ending) = step.advance(Outcome::Done, 0, 0).unwrap() else {
        panic!("not the end");
    };
    let why = "ü".repeat(2000);
    let named = received.event.as_ref().ok().map(Into::into);
    let text = ending
        .record(&receiver, named, &[why.as_bytes()], 0)
        .to_string();
    assert!(text.contains(r#""run_id":"\u001b[31m\u202e""#), "{text}");
    let line: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(line["event"], format!("{}…", "é".repeat(256)));
    assert!(
        detail(&line).ends_with('…') && detail(&line).len() <= 2048,
        "{}",
        detail(&line).len()
    );
    assert!(detail(&line).len() >= 2045);
}

#[test]
fn length_that_differs_from_content_length_is_broken_off_and_an_unusable_one_before_reading() {
    let receiver = receiver();
    let reading = begun(&receiver, EVENT, &[("Content-Length", "44")]).unwrap();
    let ending = reading.whole(&receiver, EVENT, NOW).unwrap_err();
    assert_eq!(ending.code(), Code::Unavailable);
    let line = line(&receiver, ending, &[], 0);
    assert!(
        detail(&line).starts_with("the body has 43 bytes where Content-Length says 44"),
        "{line}"
    );
    for unusable in [
        "40, 40",
        "+40",
        "40x",
        "-5",
        "0x36",
        "1_0",
        "",
        "99999999999999999999",
    ] {
        let ending = begun(&receiver, EVENT, &[("content-length", unusable)]).unwrap_err();
        assert_eq!(ending.code(), Code::Unavailable, "{unusable}");
    }
    let reading = begun(&receiver, EVENT, &[("Content-Length", " 43\t")]).unwrap();
    assert!(reading.whole(&receiver, EVENT, NOW).is_ok());
}

#[test]
fn event_header_that_names_another_event_is_remarked_and_changes_nothing() {
    let receiver = receiver();
    for (named, remarked) in [
        ("run.failed", true),
        ("run.completed", false),
        (" run.completed", false),
    ] {
        let received = received(&receiver, EVENT, &[("X-Overten-Event", named)]);
        assert_eq!(received.key.as_str(), "run.completed:run_01");
        let Step::Answer(ending) = received.claiming.answered(Claim::Duplicate, 0, 0) else {
            panic!("not the end");
        };
        let line = line(&receiver, ending, &[], 0);
        assert_eq!(
            detail(&line).contains("X-Overten-Event"),
            remarked,
            "{line}"
        );
    }
}

#[test]
fn stale_delivery_names_its_secret_and_counts_as_a_match() {
    let receiver = receiver();
    let reading = begun(&receiver, EVENT, &[]).unwrap();
    let late = UnixSeconds::new(NOW.get() + 301);
    let ending = reading.whole(&receiver, EVENT, late).unwrap_err();
    let line = line(&receiver, ending, &[], 0);
    assert_eq!(
        (&line["secret"], &line["age_seconds"]),
        (&"secret-0".into(), &301.into())
    );
    let matched: Vec<_> = receiver
        .last_matched()
        .map(|(label, at)| (label.to_string(), at))
        .collect();
    assert_eq!(matched, [("secret-0".to_owned(), Some(late))]);
}

#[test]
fn misconfigured_receiver_judges_path_and_method_first_and_says_why() {
    let why = Secrets::from_lines(b"").unwrap_err();
    let receiver = Receiver::misconfigured(why.code(), &why)
        .with_path("/webhooks/overten")
        .unwrap();
    let none: [(&str, &str); 0] = [];
    let code = |method: &str, target: &str| {
        let (method, target) = (method.as_bytes(), target.as_bytes());
        receiver
            .begin(Request { method, target }, none, 0)
            .unwrap_err()
            .code()
    };
    assert_eq!(code("GET", "/other"), Code::NotFound);
    assert_eq!(code("GET", "/webhooks/overten"), Code::MethodNotAllowed);
    assert_eq!(code("POST", "/webhooks/overten"), Code::Misconfigured);
    let ending = receiver.begin(POST, none, 0).unwrap_err();
    assert!(detail(&line(&receiver, ending, &[], 0)).contains("no_secrets: "));
    let start: serde_json::Value = serde_json::from_str(&receiver.start_line()).unwrap();
    assert_eq!(
        (&start["code"], &start["level"]),
        (&"misconfigured".into(), &"error".into())
    );
    assert_eq!(receiver.last_matched().count(), 0);
}

#[test]
fn start_line_shows_settings_and_fingerprints_and_no_secret() {
    let line = receiver().start_line();
    assert!(!line.contains("whsec_"), "{line}");
    let start: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(start["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(start["secrets"][0]["label"], "secret-0");
    assert_eq!(start["past_seconds"], 300);
    assert_eq!(start["mismatch_status"], 401);
}

#[test]
fn head_gets_the_headers_of_its_answer_and_no_body() {
    let receiver = receiver().with_path("/webhooks/overten").unwrap();
    let none: [(&str, &str); 0] = [];
    for (target, status) in [("/webhooks/overten", 405), ("/other", 404)] {
        let target = target.as_bytes();
        let head = Request {
            method: b"HEAD",
            target,
        };
        let answer = receiver
            .begin(head, none, 0)
            .unwrap_err()
            .answer(&receiver)
            .unwrap();
        assert_eq!((answer.status(), answer.body()), (status, ""));
        let get = Request {
            method: b"GET",
            target,
        };
        let ending = receiver.begin(get, none, 0).unwrap_err();
        assert_ne!(ending.answer(&receiver).unwrap().body(), "");
    }
}

#[test]
fn answer_given_meanwhile_is_no_step_to_go_on_with() {
    let receiver = receiver();
    let step = Step::Claim(received(&receiver, NO_EVENT, &[]).claiming);
    let meanwhile = Step::Answer(step.late().0.unwrap());
    assert_eq!(meanwhile.asked(), Asked::Answer);
    assert_eq!(
        Step::from_plain(&meanwhile.to_plain()),
        Some(copy(&meanwhile))
    );
    assert!(meanwhile.advance(Outcome::New, 0, 0).is_err());
}

#[test]
fn bytes_that_no_step_makes_are_refused() {
    let receiver = receiver();
    let mut plain = Step::Claim(received(&receiver, EVENT, &[]).claiming).to_plain();
    *plain.last_mut().unwrap() = 1;
    assert_eq!(Step::from_plain(&plain), None);
}

#[test]
fn reader_that_stops_at_the_limit_says_so_without_a_byte() {
    let receiver = receiver();
    let ending = begun(&receiver, EVENT, &[]).unwrap().over_the_limit();
    assert_eq!(ending.answer(&receiver).unwrap().status(), 413);
    let line = line(&receiver, ending, &[], 0);
    assert!(detail(&line).contains("limit of 1048576 bytes"), "{line}");
}

#[test]
fn long_words_of_one_failure_leave_room_for_the_others() {
    let receiver = receiver();
    let step = received(&receiver, EVENT, &[])
        .claiming
        .answered(Claim::New, 0, 0);
    let step = step.advance(Outcome::FailedForGood, 0, 0).unwrap();
    let step = step.advance(Outcome::Failed, 0, 0).unwrap();
    let Step::Answer(ending) = step.advance(Outcome::Failed, 0, 0).unwrap() else {
        panic!("not the end");
    };
    let traceback = "x".repeat(3000);
    let line = line(
        &receiver,
        ending,
        &[&traceback, "disk full", "no connection"],
        0,
    );
    for told in [
        "failed for good: xxx",
        "x…; ",
        "set aside: disk full",
        "lapses: no connection",
    ] {
        assert!(detail(&line).contains(told), "{told}: {line}");
    }
}

#[test]
fn what_hides_in_a_line_is_escaped() {
    let receiver = receiver();
    for hidden in [
        '\u{200b}',
        '\u{feff}',
        '\u{200f}',
        '\u{61c}',
        '\u{ad}',
        '\u{2060}',
        '\u{e0041}',
    ] {
        let run_id = format!("run_01{hidden}");
        let named = Named {
            event: "e",
            run_id: &run_id,
            task_id: None,
        };
        let ending = begun(&receiver, EVENT, &[]).unwrap().broken_off();
        let text = ending.record(&receiver, Some(named), &[], 0).to_string();
        assert!(!text.contains(hidden), "{text}");
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["run_id"], run_id);
    }
}

#[test]
fn what_a_stranger_can_cause_is_no_error() {
    let receiver = receiver();
    let reading = || begun(&receiver, EVENT, &[]).unwrap();
    for ending in [reading().broken_off(), reading().late()] {
        assert_eq!(line(&receiver, ending, &[], 0)["level"], "warn");
    }
}

#[test]
fn last_match_is_the_last_one_even_of_a_clock_put_back() {
    let receiver = receiver();
    for now in [4_000_000_000, NOW.get()] {
        let reading = begun(&receiver, EVENT, &[]).unwrap();
        let _ = reading.whole(&receiver, EVENT, UnixSeconds::new(now));
    }
    assert_eq!(receiver.last_matched().next().unwrap().1, Some(NOW));
}

#[test]
fn levels_rise_with_who_must_look() {
    assert!(Level::Info < Level::Warn && Level::Warn < Level::Error);
}

#[test]
fn half_that_works_is_told_what_the_other_half_has_answered() {
    let receiver = receiver();
    let claim = Step::Claim(received(&receiver, EVENT, &[]).claiming);
    let (meanwhile, _) = copy(&claim).late();
    let meanwhile = meanwhile.unwrap();
    let Step::Answer(ending) = claim.advance(Outcome::Duplicate, 0, 11_000).unwrap() else {
        panic!("a duplicate is answered");
    };
    let ending = ending.answered_meanwhile(&meanwhile);
    assert_eq!(ending.answer(&receiver), None, "answered twice");
    let line = line(&receiver, ending, &[], 11_000);
    assert_eq!(
        detail(&line),
        "answered unavailable after 10 s, and this came of it"
    );
}

#[test]
fn start_line_says_what_an_operator_is_warned_of() {
    let line = receiver().with_warning(&"no \"ledger\"").start_line();
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["level"], "warn");
    assert_eq!(line["detail"], "no \"ledger\"");
}
