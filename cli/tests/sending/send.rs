//! `send` against a receiver built on core.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Redirect;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::program::{Background, OTHER_SECRET, SECRET, Said, program, run};
use crate::receiver::Running;

fn send(receiver: &Running, arguments: &[&str]) -> Said {
    let url = receiver.url();
    let all: Vec<_> = ["send", &url, "--json"]
        .iter()
        .chain(arguments)
        .copied()
        .collect();
    run(&all)
}

#[test]
fn each_preset_gets_the_answer_that_it_names() {
    let receiver = Running::start(SECRET);
    let rows = [
        ("authentic", "200 accepted", true),
        ("forged", "401 signature_mismatch", false),
        ("changed-body", "401 signature_mismatch", false),
        ("wrong-secret", "401 signature_mismatch", false),
        ("stale", "503 timestamp_too_old", true),
        ("future", "503 timestamp_in_future", true),
        ("duplicate", "200 duplicate", true),
        ("repeated-header", "400 malformed_signature", false),
        ("missing-signature", "400 missing_signature", false),
        ("malformed-signature", "400 malformed_signature", false),
        ("missing-timestamp", "400 missing_timestamp", false),
        ("malformed-timestamp", "400 malformed_timestamp", false),
        ("bom", "401 signature_mismatch", false),
        ("crlf", "401 signature_mismatch", false),
        ("malformed", "200 quarantined", true),
        ("too-large", "413 body_too_large", true),
        ("slow-body", "200 accepted", true),
        ("cut-body", "200 accepted", true),
    ];
    for (preset, answer, authentic) in rows {
        let said = send(
            &receiver,
            &[
                "--preset",
                preset,
                "--slow-body-time",
                "300ms",
                "--retry-delay",
                "10ms",
            ],
        );
        assert_eq!(said.status, 0, "{preset}: {said:?}");
        let attempts = said.attempts();
        let last = attempts.last().unwrap();
        assert_eq!(last["answer"], answer, "{preset}");
        assert_eq!(last["authentic"], authentic, "{preset}");
        assert_eq!(last["as_expected"], true, "{preset}");
    }
    // Of the help's words for each preset, the answer is the one that came.
    let help = run(&["send", "--help"]).out;
    for (preset, answer, _) in rows {
        let line = help
            .lines()
            .find(|line| line.trim_start().starts_with(&format!("- {preset}:")));
        let at = help
            .find(line.unwrap_or_else(|| panic!("no {preset} in the help")))
            .unwrap();
        let words = help[at..]
            .split_whitespace()
            .take(50)
            .collect::<Vec<_>>()
            .join(" ");
        let words = words.split(" - ").next().unwrap();
        assert!(
            words.contains(answer.split(' ').next_back().unwrap()),
            "{preset}: {words}"
        );
    }
}

#[test]
fn two_at_the_same_moment_are_taken_in_once() {
    let receiver = Running::start(SECRET);
    let said = send(
        &receiver,
        &[
            "--preset",
            "concurrent-duplicate",
            "--count",
            "10",
            "-c",
            "4",
            "--retry-delay",
            "10ms",
        ],
    );
    assert_eq!(said.status, 0, "{said:?}");
    assert_eq!(said.summary()["deliveries"], 20);
    assert_eq!(receiver.handed_on().len(), 10);
}

#[test]
fn posts_a_file_byte_for_byte() {
    let receiver = Running::start(SECRET);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("body.json");
    let body = b"{\"event\":\"run.completed\",\"run_id\":\"run_01\"}\r\n\n";
    std::fs::write(&file, body).unwrap();
    let said = send(&receiver, &["--body", file.to_str().unwrap()]);
    assert_eq!(said.status, 0, "{said:?}");
    assert_eq!(said.attempts()[0]["key"], "run.completed:run_01");
    let seen = &receiver.seen()[0];
    assert_eq!(seen.body, body);
    assert_eq!(seen.header("user-agent"), "Overten-Webhook/1.0");
    assert_eq!(seen.header("x-overten-event"), "run.completed");
    // Binary is posted too, and what is no event is expected to be set aside.
    std::fs::write(&file, [0xff, 0x00, 0x0a]).unwrap();
    let said = send(&receiver, &["--body", file.to_str().unwrap()]);
    assert_eq!(
        (said.status, &said.attempts()[0]["answer"]),
        (0, &"200 quarantined".into()),
        "{said:?}"
    );
    assert_eq!(receiver.seen()[1].body, [0xff, 0x00, 0x0a]);
}

#[test]
fn says_what_was_signed_and_what_was_answered_and_no_secret() {
    let receiver = Running::start(SECRET);
    let said = run(&["send", &receiver.url(), "--run-id", "run_01", "--age", "60"]);
    assert_eq!(said.status, 0, "{said:?}");
    let seen = &receiver.seen()[0];
    let timestamp = seen.header("x-overten-timestamp");
    let signed = format!("timestamp {timestamp}, {} bytes, SHA-256 ", seen.body.len());
    for part in [
        "200 accepted",
        "run.completed:run_01",
        &signed,
        "`secret-0` (fingerprint ",
        "1 with 2xx",
    ] {
        assert!(said.out.contains(part), "{part}: {}", said.out);
    }
    let signature = seen.header("x-overten-signature");
    for hidden in [&SECRET[6..], &signature["sha256=".len()..]] {
        assert!(
            !said.out.contains(hidden) && !said.err.contains(hidden),
            "{}",
            said.out
        );
    }
}

#[test]
fn ids_events_templates_and_labels_are_the_users_own() {
    let receiver = Running::start(OTHER_SECRET);
    let folder = tempfile::tempdir().unwrap();
    let template = folder.path().join("template.json");
    std::fs::write(
        &template,
        r#"{"run_id":"{{run_id}}","event":"{{event}}","task_id":"{{task_id}}","n":{{number}}}"#,
    )
    .unwrap();
    let secrets = folder.path().join("secrets");
    std::fs::write(&secrets, format!("first:{SECRET}\nsecond:{OTHER_SECRET}\n")).unwrap();
    let (template, secrets) = (template.to_str().unwrap(), secrets.to_str().unwrap());
    let asked = [
        "--template",
        template,
        "--secrets-file",
        secrets,
        "--label",
        "second",
    ];
    let ids = [
        "--event",
        "run.paused",
        "--run-id",
        "a\"b",
        "--task-id",
        "t",
    ];
    let said = send(&receiver, &[asked, ids].concat());
    assert_eq!(said.status, 0, "{said:?}");
    assert_eq!(
        receiver.seen()[0].body,
        br#"{"run_id":"a\"b","event":"run.paused","task_id":"t","n":1}"#
    );
    assert_eq!(said.attempts()[0]["run_id"], "a\"b");

    let said = send(&receiver, &["--secrets-file", secrets, "--label", "third"]);
    assert_eq!(said.status, 8);
    assert!(said.err.contains("first, second"), "{}", said.err);
}

#[test]
fn each_retry_is_signed_anew_unless_told_otherwise() {
    for (more, same) in [(None, false), (Some("--reuse-timestamp"), true)] {
        let receiver = Running::down_for(SECRET, 1);
        let arguments: Vec<_> = ["--retry-delay", "1100ms"]
            .into_iter()
            .chain(more)
            .collect();
        let said = send(&receiver, &arguments);
        assert_eq!(said.status, 0, "{said:?}");
        let seen = receiver.seen();
        let [first, second] = ["x-overten-timestamp", "x-overten-signature"]
            .map(|name| seen[0].header(name) == seen[1].header(name));
        assert_eq!((seen.len(), first, second), (2, same, same));
        assert_eq!(said.summary()["by_answer"]["503 unavailable"], 1);
    }
}

#[test]
fn a_4xx_and_what_is_given_up_are_told_apart() {
    let receiver = Running::down_for(SECRET, 3);
    let said = send(&receiver, &["--retries", "2", "--retry-delay", "1ms"]);
    assert_eq!(
        (said.status, &said.summary()["settled"]["given_up"]),
        (10, &1.into()),
        "{said:?}"
    );
    let receiver = Running::start(OTHER_SECRET);
    let said = send(&receiver, &["--retries", "2", "--retry-delay", "1ms"]);
    assert_eq!(
        (said.status, said.attempts().len()),
        (10, 1),
        "a 4xx is never tried again: {said:?}"
    );
    assert_eq!(said.attempts()[0]["settled"], "refused");
    let said = send(&receiver, &["--expect", "401"]);
    assert_eq!(said.status, 0, "it was expected");
    let said = send(&receiver, &["--expect", "accepted"]);
    assert_eq!(said.status, 10);
}

#[test]
fn a_mix_is_spread_and_summed_up() {
    let receiver = Running::start(SECRET);
    let said = send(
        &receiver,
        &[
            "--count",
            "200",
            "-c",
            "16",
            "--mix",
            "forged=5,duplicate=10,repeated-header=1",
        ],
    );
    assert_eq!(said.status, 0, "{}", said.err);
    let summary = said.summary();
    assert_eq!(
        summary["settled"],
        serde_json::json!({ "2xx": 208, "4xx": 12, "given_up": 0 })
    );
    assert_eq!(summary["by_answer"]["200 duplicate"], 20);
    assert!(summary["milliseconds"]["p99"].as_f64() >= summary["milliseconds"]["p50"].as_f64());
    let attempts = said.attempts();
    let mut keys: Vec<_> = attempts
        .iter()
        .filter(|attempt| attempt["settled"] == "accepted" && attempt["authentic"] == true)
        .map(|attempt| attempt["key"].as_str().unwrap().to_owned())
        .collect();
    let mut handed_on = receiver.handed_on();
    keys.sort();
    handed_on.sort();
    assert_eq!((keys.len(), keys), (188, handed_on));
}

#[test]
fn a_rate_is_kept() {
    let receiver = Running::start(SECRET);
    let said = send(&receiver, &["--count", "11", "-c", "4", "--rate", "20"]);
    let seconds = said.summary()["seconds"].as_f64().unwrap();
    assert!(seconds >= 0.5, "ten of them wait their turn: {seconds}");
}

#[test]
fn what_nobody_answers_is_explained() {
    let receiver = Running::start(SECRET);
    let https = receiver.url().replace("http:", "https:");
    let rows = [
        (
            "http://127.0.0.1:1/",
            "connection refused",
            "nothing listens on 1",
        ),
        (
            "http://nowhere.invalid/",
            "the host's name was not found",
            "look for a slip in `nowhere.invalid`",
        ),
        (&https, "no secure connection", "use http://"),
    ];
    for (url, what, next) in rows {
        let said = run(&["send", url, "--retries", "1", "--retry-delay", "1ms"]);
        assert_eq!(said.status, 1, "{said:?}");
        assert!(
            said.err.contains(what) && said.err.contains(next),
            "{url}: {}",
            said.err
        );
    }
    for url in ["ftp://x/", "127.0.0.1:80", ""] {
        assert_eq!(run(&["send", url]).status, 2, "{url}");
    }
}

#[test]
fn a_slow_answer_is_no_answer() {
    let runtime = Runtime::new().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let slow = post(|| async { std::future::pending::<()>().await });
    runtime.spawn(async move { axum::serve(listener, Router::new().fallback_service(slow)).await });
    let said = run(&[
        "send",
        &url,
        "--json",
        "--time-out",
        "200ms",
        "--retries",
        "1",
        "--retry-delay",
        "1ms",
    ]);
    assert_eq!(
        (
            said.status,
            &said.summary()["by_answer"]["no answer: timed out"]
        ),
        (1, &2.into()),
        "{said:?}"
    );
}

#[test]
fn redirects_are_not_followed() {
    let runtime = Runtime::new().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let app = Router::new()
        .route("/", post(|| async { Redirect::temporary("/elsewhere") }))
        .route("/elsewhere", post(|| async { StatusCode::OK }));
    runtime.spawn(async move { axum::serve(listener, app).await });
    let said = run(&["send", &url, "--json", "--retries", "0"]);
    assert_eq!(
        (said.status, &said.attempts()[0]["answer"]),
        (10, &"307".into()),
        "{said:?}"
    );
}

#[test]
fn arguments_that_are_no_utf8_do_not_disturb_it() {
    let receiver = Running::start(SECRET);
    let folder = tempfile::tempdir().unwrap();
    let name = OsString::from_vec(b"body-\xff.json".to_vec());
    let file = folder.path().join(&name);
    std::fs::write(&file, r#"{"event":"run.completed","run_id":"run_01"}"#).unwrap();
    let said: Said = program()
        .args(["send", &receiver.url(), "--body"])
        .arg(&file)
        .output()
        .unwrap()
        .into();
    assert_eq!(said.status, 0, "{said:?}");
    let said: Said = program()
        .args(["send", &receiver.url(), "--body"])
        .arg(&name)
        .output()
        .unwrap()
        .into();
    assert!(
        said.status == 1 && said.err.contains("cannot be read"),
        "{said:?}"
    );
    assert_eq!(
        program()
            .arg("send")
            .arg(&name)
            .output()
            .unwrap()
            .status
            .code(),
        Some(2)
    );
}

#[test]
fn ctrl_c_sums_up_what_was_sent() {
    let receiver = Running::start(SECRET);
    let mut command = program();
    command.args([
        "send",
        &receiver.url(),
        "--json",
        "--count",
        "100000",
        "--rate",
        "50",
    ]);
    let mut running = Background::start(&mut command);
    assert!(running.line().contains("200 accepted"));
    running.signal("-INT");
    let said = running.end();
    assert_eq!(said.status, 130, "{said:?}");
    assert!(said.summary()["settled"]["2xx"].as_u64().unwrap() >= 1);
}

#[test]
fn a_reader_that_has_seen_enough_ends_it_quietly() {
    let receiver = Running::start(SECRET);
    let mut command = program();
    command.args([
        "send",
        &receiver.url(),
        "--json",
        "--count",
        "1000000",
        "-c",
        "8",
    ]);
    let mut running = Background::start(&mut command);
    assert!(running.line().contains("200 accepted"));
    running.close();
    let said = running.end();
    assert_eq!((said.status, said.err.as_str()), (0, ""));
    assert!(receiver.handed_on().len() < 1_000_000);
}
