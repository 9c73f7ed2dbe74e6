//! A receiver's rules at their edges: claims, retention, tolerance, requests, answers.

use overten_webhook::{
    Answer, Claim, Code, LedgerEntry, MismatchAnswer, Retention, Tolerance, UnixSeconds,
    check_request,
};

#[test]
fn a_claim_lapses_with_its_lease_and_a_committed_key_after_its_retention() {
    let retention = Retention::new(1000, Tolerance::seconds(300)).unwrap();
    let at = UnixSeconds::new(50);
    let claimed = Some(LedgerEntry::Claimed { at });
    let committed = Some(LedgerEntry::Committed { at });
    for (entry, now, expected) in [
        (None, 50, Claim::New),
        (claimed, 50, Claim::InFlight),
        (claimed, 50 + 59, Claim::InFlight),
        (claimed, 50 + 60, Claim::New),
        (committed, 50, Claim::Duplicate),
        (committed, 50 + 60, Claim::Duplicate),
        (committed, 50 + 1000, Claim::Duplicate),
        (committed, 50 + 1001, Claim::New),
        // A clock that went back makes nothing lapse.
        (claimed, -1_000_000, Claim::InFlight),
        (committed, -1_000_000, Claim::Duplicate),
        (claimed, i64::MIN, Claim::InFlight),
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
fn a_retention_is_longer_than_the_time_in_which_a_replay_is_fresh() {
    let tolerance = Tolerance::seconds(300).with_past(900);
    assert!(Retention::new(1201, tolerance).is_ok());
    let error = Retention::new(1200, tolerance).unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    assert!(error.to_string().contains("1200 s"), "{error}");

    assert!(Retention::new(0, Tolerance::seconds(0)).is_err());
    assert!(Retention::new(u64::MAX, Tolerance::seconds(u64::MAX)).is_err());
    assert!(Retention::new(1, tolerance.without_past()).is_ok());
    assert!(Retention::new(1, tolerance.without_future()).is_ok());

    let by_default = Retention::default().seconds();
    assert_eq!(by_default, 7 * 86_400);
    assert!(Retention::new(by_default, Tolerance::for_receiver(true)).is_ok());
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
    for path in ["/hooks", "/hooks/", "hooks"] {
        for target in [
            "/hooks",
            "/hooks/",
            "/hooks?a=/b",
            "/hooks/?a",
            "https://example.com/hooks",
            "http://example.com:8080/hooks/?a=b",
        ] {
            assert_eq!(
                check_request(path, "POST", target),
                Ok(()),
                "{path} {target}"
            );
            for method in ["GET", "post", "", "PUT"] {
                assert_eq!(
                    check_request(path, method, target),
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
        "/?/hooks",
        "https://hooks",
    ] {
        assert_eq!(
            check_request("/hooks", "GET", target),
            Err(Code::NotFound),
            "{target}"
        );
    }
    assert_eq!(check_request("/", "POST", "https://example.com"), Ok(()));
}

#[test]
fn an_answer_tells_its_word_and_when_to_come_again() {
    for code in Code::ALL {
        for mismatch in [MismatchAnswer::Unauthorized, MismatchAnswer::Retry] {
            let answer = Answer::to(code, mismatch);
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
        let answer = Answer::to(Code::SignatureMismatch, word.parse().unwrap());
        assert_eq!(answer.status(), status);
        assert_eq!(answer.code(), Code::SignatureMismatch);
    }
    for word in ["", "400", " 401", "retry"] {
        assert!(word.parse::<MismatchAnswer>().is_err(), "{word}");
    }
    let default = Answer::to(Code::SignatureMismatch, MismatchAnswer::default());
    assert_eq!(default.status(), 401);
}
