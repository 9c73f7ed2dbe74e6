//! What reaches a target, and how.

use std::collections::BTreeMap;

use crate::http::{deliver, post};
use crate::listener::{Listener, body_of, listen, program, run, signed};
use crate::target::{Got, SHORT, Target, free_port};

#[test]
fn passes_on_body_headers_and_key_and_nothing_that_is_not_the_deliverys() {
    let (folder, target) = (tempfile::tempdir().unwrap(), Target::start(204));
    let mut command = listen(folder.path(), &["--forward-to", &target.url()]);
    let mut listener =
        Listener::spawn(command.env("ORIGIN_AUTHORIZATION", "Bearer for-the-target"));
    let body = br#"{ "event":"run.completed","run_id":"run_01" , "n":84.0}"#;
    let extra = [
        ("Content-Type", "application/json; charset=utf-8"),
        ("User-Agent", "Overten-Webhook/1.0"),
        ("X-Overten-Event", "run.completed"),
        ("Authorization", "Bearer a-stranger"),
        ("Idempotency-Key", "a-stranger"),
        ("X-Overten-Quarantined", "true"),
        ("Cookie", "a=b"),
        ("Connection", "X-Hop"),
        ("X-Hop", "1"),
        ("X-Trace", "abc"),
    ];
    let extra = extra.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let headers: Vec<_> = signed(body).into_iter().chain(extra).collect();
    assert_eq!(post(listener.port, &headers, body).unwrap().0, 200);
    let line = listener.wait_for(|line| line["listen"] == "forwarded");
    assert_eq!(
        (&line["key"], &line["status"]),
        (&"run.completed:run_01".into(), &204.into())
    );

    let got = target.wait_until(|got| got.len() == 1).remove(0);
    assert_eq!(got.body, body);
    let got: BTreeMap<_, _> = got
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let mut expected: BTreeMap<_, _> = [
        ("content-type", "application/json; charset=utf-8"),
        ("user-agent", "Overten-Webhook/1.0"),
        ("x-overten-event", "run.completed"),
        ("x-trace", "abc"),
        ("idempotency-key", "run.completed:run_01"),
        ("authorization", "Bearer for-the-target"),
        ("accept", "*/*"),
    ]
    .into();
    let (length, host) = (body.len().to_string(), format!("127.0.0.1:{}", target.port));
    expected.extend([("content-length", length.as_str()), ("host", &host)]);
    let signature: Vec<_> = headers[..2]
        .iter()
        .map(|(name, value)| (name.to_lowercase(), value))
        .collect();
    expected.extend(
        signature
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    assert_eq!(got, expected);
    let said = serde_json::to_string(&listener.end()).unwrap();
    assert!(!said.contains("for-the-target"), "{said}");
}

#[test]
fn marks_what_cannot_be_read_and_forwards_nothing_that_is_forged_or_comes_again() {
    let (folder, target) = (tempfile::tempdir().unwrap(), Target::start(200));
    let mut listener = Listener::start(folder.path(), &["--forward-to", &target.url()]);
    assert_eq!(
        post(listener.port, &signed(b"other"), &body_of("forged"))
            .unwrap()
            .0,
        401
    );
    for _ in 0..2 {
        assert_eq!(deliver(listener.port, b"no JSON").unwrap().0, 200);
    }
    listener.wait_for(|line| line["listen"] == "forwarded");
    assert_eq!(deliver(listener.port, &body_of("last")).unwrap().0, 200);
    let got = target.wait_until(|got| got.iter().any(|got| got.key() == "run.completed:last"));
    assert_eq!(got.len(), 2);
    assert_eq!(
        (
            got[0].headers["x-overten-quarantined"].as_str(),
            got[0].body.as_slice()
        ),
        ("true", &b"no JSON"[..])
    );
    assert_eq!(got[0].headers["content-type"], "application/octet-stream");
    assert!(got[0].key().starts_with("body="));
    listener.end();
}

#[test]
fn a_2xx_is_done_whatever_becomes_of_its_body() {
    let stalled = "Content-Length: 100\r\n\r\n";
    for rest in [SHORT, stalled] {
        let target = Target::with_rest(free_port(), 200, rest);
        let folder = tempfile::tempdir().unwrap();
        let mut listener = Listener::start(folder.path(), &["--forward-to", &target.url()]);
        assert_eq!(deliver(listener.port, &body_of("run_01")).unwrap().0, 200);
        let line =
            listener.wait_for(|line| line["listen"] == "forwarded" || line["listen"] == "retried");
        assert_eq!(
            (&line["listen"], &line["status"]),
            (&"forwarded".into(), &200.into())
        );
        let said = run(program()
            .args(["replay", &target.url(), "1", "--folder"])
            .arg(folder.path()));
        assert!(said.out.contains("1 sent, 1 acknowledged"), "{said:?}");
        listener.end();
    }
}

#[test]
fn tries_again_after_whatever_is_no_2xx_and_follows_no_redirect() {
    let (folder, target) = (tempfile::tempdir().unwrap(), Target::start(302));
    let mut listener = Listener::start(folder.path(), &["--forward-to", &target.url()]);
    assert_eq!(deliver(listener.port, &body_of("run_01")).unwrap().0, 200);
    let mut delays = Vec::new();
    for status in [302, 400, 500] {
        let line = listener.wait_for(|line| line["listen"] == "retried");
        assert_eq!(line["status"], status);
        delays.push(line["again_in_seconds"].as_u64().unwrap());
        target.answer(match status {
            302 => 400,
            400 => 500,
            _ => 200,
        });
    }
    assert_eq!(delays, [1, 2, 4]);
    // One that fails holds up no other.
    assert_eq!(deliver(listener.port, &body_of("run_02")).unwrap().0, 200);
    let line = listener.wait_for(|line| line["listen"] == "forwarded");
    assert_eq!(line["key"], "run.completed:run_02");
    let line = listener.wait_for(|line| line["listen"] == "forwarded");
    assert_eq!(line["key"], "run.completed:run_01");
    listener.end();
}

#[test]
fn keeps_what_comes_while_the_target_is_down_across_restarts_and_forwards_it_in_order() {
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let url = format!("http://127.0.0.1:{port}/hook");
    let mut listener = Listener::start(folder.path(), &["--forward-to", &url]);
    let runs: Vec<_> = (0..10).map(|number| format!("run_{number}")).collect();
    for run in &runs[..5] {
        assert_eq!(deliver(listener.port, &body_of(run)).unwrap().0, 200);
    }
    let line = listener.wait_for(|line| line["listen"] == "retried");
    assert_eq!(line["detail"], "the target: connection refused");
    listener.end();

    // One that has no target keeps them, and says so; what comes to it is not for the target.
    let mut listener = Listener::start(folder.path(), &[]);
    let line = listener.wait_for(|line| line["listen"] == "waiting");
    assert_eq!(line["deliveries"], 5);
    assert_eq!(
        deliver(listener.port, &body_of("not-forwarded")).unwrap().0,
        200
    );
    listener.end();

    let mut listener = Listener::start(folder.path(), &["--forward-to", &url]);
    for run in &runs[5..] {
        assert_eq!(deliver(listener.port, &body_of(run)).unwrap().0, 200);
    }
    listener.wait_for(|line| line["listen"] == "retried");
    let target = Target::on(port, 200);
    let got = target.wait_until(|got| got.len() == 10);
    let mut keys: Vec<_> = got.iter().map(|got| got.key().to_owned()).collect();
    assert_eq!(
        keys[0], "run.completed:run_0",
        "the first that came is tried first"
    );
    keys.sort();
    assert_eq!(
        keys,
        runs.iter()
            .map(|run| format!("run.completed:{run}"))
            .collect::<Vec<_>>()
    );
    listener.end();
    let said = run(&mut listen(folder.path(), &["--list"]));
    assert_eq!(
        said.out.matches("forwarded").count(),
        10 + 1,
        "{}",
        said.out
    );
}

#[test]
fn two_listeners_on_one_folder_forward_each_delivery_once_and_the_second_takes_over() {
    let (folder, target) = (tempfile::tempdir().unwrap(), Target::start(200));
    let mut first = Listener::start(folder.path(), &["--forward-to", &target.url()]);
    let mut second = Listener::start(folder.path(), &["--forward-to", &target.url()]);
    let line = second.wait_for(|line| line["listen"] == "said");
    assert!(
        line["detail"]
            .as_str()
            .unwrap()
            .contains("another listener forwards"),
        "{line}"
    );
    for number in 0..10 {
        let port = if number % 2 == 0 {
            first.port
        } else {
            second.port
        };
        assert_eq!(
            deliver(port, &body_of(&format!("run_{number}"))).unwrap().0,
            200
        );
    }
    assert_eq!(target.wait_until(|got| got.len() >= 10).len(), 10);
    first.kill();
    assert_eq!(deliver(second.port, &body_of("after")).unwrap().0, 200);
    target.wait_until(|got| got.iter().any(|got| got.key() == "run.completed:after"));
    second.end();
}

#[test]
fn what_a_listener_without_a_target_takes_in_is_forwarded_by_the_one_that_shares_its_folder() {
    let (folder, target) = (tempfile::tempdir().unwrap(), Target::start(200));
    let mut forwarding = Listener::start(folder.path(), &["--forward-to", &target.url()]);
    assert_eq!(deliver(forwarding.port, &body_of("run_01")).unwrap().0, 200);
    forwarding.wait_for(|line| line["listen"] == "forwarded");
    let mut other = Listener::start(folder.path(), &[]);
    let line = other.wait_for(|line| line["listen"] == "said");
    assert!(
        line["detail"]
            .as_str()
            .unwrap()
            .contains("forwards what is taken in here too"),
        "{line}"
    );
    assert_eq!(deliver(other.port, &body_of("run_02")).unwrap().0, 200);
    target.wait_until(|got| got.iter().any(|got| got.key() == "run.completed:run_02"));
    other.end();
    forwarding.end();
}

#[test]
fn sends_nothing_in_place_of_what_can_no_longer_be_read() {
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let url = format!("http://127.0.0.1:{port}/hook");
    let listener = Listener::start(folder.path(), &["--forward-to", &url]);
    assert_eq!(deliver(listener.port, &body_of("run_01")).unwrap().0, 200);
    listener.end();
    let db = rusqlite::Connection::open(folder.path().join("deliveries.sqlite")).unwrap();
    db.execute("UPDATE delivery SET capture = 'damaged'", [])
        .unwrap();
    drop(db);

    let target = Target::on(port, 200);
    let mut listener = Listener::start(folder.path(), &["--forward-to", &url]);
    let line =
        listener.wait_for(|line| line["listen"] == "given_up" || line["listen"] == "forwarded");
    assert!(
        line["detail"].as_str().unwrap().contains("cannot be read"),
        "{line}"
    );
    assert_eq!(target.got().len(), 0);
    listener.end();
}

#[test]
fn forwards_only_the_events_that_are_asked_for() {
    let (folder, target) = (tempfile::tempdir().unwrap(), Target::start(200));
    let listener = Listener::start(
        folder.path(),
        &["--event", "run.failed", "--forward-to", &target.url()],
    );
    assert_eq!(
        deliver(listener.port, &body_of("not-asked-for")).unwrap().0,
        200
    );
    assert_eq!(
        deliver(
            listener.port,
            br#"{"event":"run.failed","run_id":"run_01"}"#
        )
        .unwrap()
        .0,
        200
    );
    let got = target.wait_until(|got| !got.is_empty());
    assert_eq!(
        got.iter().map(Got::key).collect::<Vec<_>>(),
        ["run.failed:run_01"]
    );
    listener.end();
}

#[test]
fn refuses_a_target_that_would_show_a_password() {
    let folder = tempfile::tempdir().unwrap();
    let said = run(&mut listen(
        folder.path(),
        &[
            "--port",
            "0",
            "--forward-to",
            "http://user:hunter2@127.0.0.1/",
        ],
    ));
    assert_eq!(said.status, 2);
    assert!(
        said.err.contains("ORIGIN_AUTHORIZATION") && !said.err.contains("hunter2"),
        "{}",
        said.err
    );
    let said = run(program().args(["listen", "--forward-to", "ftp://example.com"]));
    assert_eq!(said.status, 2);
}
