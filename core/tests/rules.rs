//! A receiver's rules at their edges: claims, retention, tolerance, requests, answers.

use overten_webhook::{
    Answer, Claim, Code, LedgerEntry, MismatchAnswer, Retention, Tolerance, UnixSeconds,
    check_path, check_request,
};

#[test]
fn a_claim_lapses_with_its_lease_and_a_committed_key_after_its_retention() {
    let retention = Retention::from_seconds(1000);
    let at = UnixSeconds::new(50);
    let claimed = Some(LedgerEntry::Claimed { at });
    let committed = Some(LedgerEntry::Committed { at });
    for (entry, now, expected) in [
        (None, 50, Claim::New),
        (claimed, 50, Claim::InFlight),
        // From the end of one second to the beginning of another, 60 seconds may be hardly more than 59.
        (claimed, 50 + 60, Claim::InFlight),
        (claimed, 50 + 61, Claim::New),
        (committed, 50, Claim::Duplicate),
        (committed, 50 + 60, Claim::Duplicate),
        (committed, 50 + 1000, Claim::Duplicate),
        (committed, 50 + 1001, Claim::New),
        // A claim in the future is one that a clock put back left there; within a lease it may be another host's clock.
        (claimed, 50 - 60, Claim::InFlight),
        (claimed, 50 - 61, Claim::New),
        (claimed, i64::MIN, Claim::New),
        (committed, -1_000_000, Claim::Duplicate),
        (committed, i64::MAX, Claim::New),
    ] {
        let now = UnixSeconds::new(now);
        assert_eq!(
            Claim::judge(entry, now, 60, retention),
            expected,
            "{entry:?} at {now}"
        );
    }
}

#[test]
fn a_claim_of_the_same_moment_is_in_flight_whatever_the_lease() {
    let at = UnixSeconds::from_milliseconds(999);
    let entry = Some(LedgerEntry::Claimed { at });
    let a_millisecond_later = UnixSeconds::from_milliseconds(1_000);
    let claim = Claim::judge(entry, a_millisecond_later, 1, Retention::default());
    assert_eq!(claim, Claim::InFlight);
}

#[test]
fn a_retention_is_longer_than_the_time_in_which_a_replay_is_fresh() {
    let tolerance = Tolerance::seconds(300).with_past(900);
    assert!(Retention::from_seconds(1201).check(tolerance).is_ok());
    let error = Retention::from_seconds(1200).check(tolerance).unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    assert!(error.to_string().contains("1200 s"), "{error}");

    assert!(
        Retention::from_seconds(0)
            .check(Tolerance::seconds(0))
            .is_err()
    );
    assert!(
        Retention::from_seconds(u64::MAX)
            .check(Tolerance::seconds(u64::MAX))
            .is_err()
    );
    assert!(
        Retention::from_seconds(1)
            .check(tolerance.without_past())
            .is_ok()
    );
    assert!(
        Retention::from_seconds(1)
            .check(tolerance.without_future())
            .is_ok()
    );

    let by_default = Retention::default().seconds();
    assert_eq!(by_default, 7 * 86_400);
    assert!(
        Retention::from_seconds(by_default)
            .check(Tolerance::for_receiver(true))
            .is_ok()
    );
}

#[test]
fn a_receiver_allows_days_in_the_past_only_with_a_ledger_that_survives() {
    let past_and_future = |tolerance: Tolerance| (tolerance.past(), tolerance.future());
    let durable = Tolerance::for_receiver(true);
    assert_eq!(past_and_future(durable), (Some(3 * 86_400), Some(300)));
    let volatile = Tolerance::for_receiver(false);
    assert_eq!(past_and_future(volatile), (Some(300), Some(300)));
    assert_eq!(past_and_future(Tolerance::off()), (None, None));
    assert_eq!(
        past_and_future(Tolerance::seconds(5).without_future()),
        (Some(5), None)
    );
}

#[test]
fn milliseconds_are_floored_on_both_sides_of_1970() {
    for (milliseconds, seconds) in [(999, 0), (1000, 1), (-1, -1), (-1000, -1), (-1001, -2)] {
        assert_eq!(
            UnixSeconds::from_milliseconds(milliseconds).get(),
            seconds,
            "{milliseconds} ms"
        );
    }
}

#[test]
fn a_request_is_ours_by_its_path_then_by_its_method() {
    for path in ["/hooks", "/hooks/", "/%68ooks", "/hooks%2F"] {
        for target in [
            "/hooks",
            "/hooks/",
            "/hooks?a=/b",
            "/hooks/?a",
            "/hoo%6Bs",
            "/hoo%6bs",
            "https://example.com/hooks",
            "HTTP://example.com:8080/hooks/?a=b",
        ] {
            let ask = |method: &[u8]| check_request(path, method, target.as_bytes());
            assert_eq!(ask(b"POST"), Ok(()), "{path} {target}");
            for method in ["GET", "post", "", "PUT"] {
                let judged = ask(method.as_bytes());
                assert_eq!(
                    judged,
                    Err(Code::MethodNotAllowed),
                    "{path} {method} {target}"
                );
            }
        }
    }
    for target in [
        "",
        "/",
        "/Hooks",
        "/hooks/other",
        "/hooksother",
        "/hooks//",
        "/?/hooks",
        "https://hooks",
        "http://host?x=/hooks",
        "http://host#/hooks",
    ] {
        let judged = check_request("/hooks", b"GET", target.as_bytes());
        assert_eq!(judged, Err(Code::NotFound), "{target}");
    }
    let judged = check_request("/", b"POST", b"https://example.com");
    assert_eq!(judged, Ok(()));
}

#[test]
fn paths_compare_decoded_once_in_whichever_form_the_server_has_them() {
    for (path, target, is_ours) in [
        ("/webhooks/övertén", "/webhooks/övertén", true),
        ("/webhooks/övertén", "/webhooks/%C3%B6vert%C3%A9n", true),
        ("/webhooks/%C3%B6vert%C3%A9n", "/webhooks/övertén", true),
        ("/web hooks/x", "/web%20hooks/x", true),
        ("/web%20hooks/x", "/web hooks/x", true),
        ("/hooks/a%7Eb", "/hooks/a~b", true),
        ("/a%2541", "/a%2541", true),
        // The server has decoded `/a%2541` already.
        ("/a%2541", "/a%41", true),
        ("/aA", "/a%2541", false),
        ("/100%", "/100%", true),
        ("/100%zz", "/100%zz", true),
        ("/100%zz", "/100%25zz", true),
    ] {
        let judged = check_request(path, b"POST", target.as_bytes());
        assert_eq!(judged.is_ok(), is_ours, "{path} {target}");
    }
    assert!(
        check_request("/\u{f6}", b"POST", b"/\xf6").is_err(),
        "Latin-1 is other bytes"
    );
}

#[test]
fn path_that_no_request_can_have_is_refused() {
    for path in [
        "/",
        "/webhooks/overten",
        "/a/",
        "/...",
        "/a.b/.c",
        "/övertén",
        "/web hooks",
        "//a",
    ] {
        assert_eq!(check_path(path), Ok(()), "{path}");
    }
    for path in [
        "",
        "a",
        "/a?b",
        "/a#b",
        "/a%3Fb",
        "/a%23",
        "/a\\b",
        "/a ",
        "/a/../b",
        "/a/.",
        "/..",
        "/a/%2e%2E/b",
        "/.%2e",
        "/a\n",
        "/a\u{7f}",
    ] {
        let error = check_path(path).unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument, "{path}");
    }
}

#[test]
fn an_answer_tells_its_word_and_when_to_come_again() {
    for code in Code::ALL {
        for answer in [Answer::to(code), Answer::to_mismatch(MismatchAnswer::Retry)] {
            let status = answer.status();
            let member = if status < 300 { "status" } else { "error" };
            let word = answer.code().as_str();
            assert_eq!(answer.body(), format!("{{\"{member}\":\"{word}\"}}"));

            let mut headers = vec![("Content-Type", "application/json")];
            headers.extend((status == 503).then_some(("Retry-After", "10")));
            headers.extend((status == 405).then_some(("Allow", "POST")));
            assert_eq!(answer.headers().collect::<Vec<_>>(), headers, "{code}");

            // A sender that hears 4xx never comes again, so only what it got wrong may be answered so.
            assert!(
                !(400..500).contains(&status) || !code.is_retryable(),
                "{code}"
            );
        }
    }
}

#[test]
fn a_mismatch_is_answered_401_or_503() {
    for (word, status) in [("401", 401), ("503", 503)] {
        let mismatch: MismatchAnswer = word.parse().unwrap();
        let answer = Answer::to_mismatch(mismatch);
        assert_eq!((answer.status(), mismatch.status()), (status, status));
        assert_eq!(answer.code(), Code::SignatureMismatch);
    }
    for word in ["", "400", " 401", "retry"] {
        assert!(word.parse::<MismatchAnswer>().is_err(), "{word}");
    }
    let default = Answer::to(Code::SignatureMismatch);
    assert_eq!(default.status(), 401);
}
