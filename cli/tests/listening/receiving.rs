//! What `listen` answers, shows, explains and saves.

use std::sync::{Arc, Barrier};
use std::thread;

use overten_webhook::diagnose::Captured;
use serde_json::Value;

use crate::http::{deliver, post};
use crate::listener::{
    Listener, OTHER_SECRET, SECRET, body_of, listen, now, run, signed, signed_at,
};

fn list(folder: &std::path::Path, arguments: &[&str]) -> Vec<Value> {
    let said = run(listen(folder, &["--list", "--json"]).args(arguments));
    assert_eq!((said.status, said.err.as_str()), (0, ""));
    said.out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn answers_shows_and_saves_each_delivery_as_it_came() {
    let folder = tempfile::tempdir().unwrap();
    let mut listener = Listener::start(folder.path(), &[]);
    let body = body_of("run_01");
    assert_eq!(
        deliver(listener.port, &body),
        Some((200, r#"{"status":"accepted"}"#.to_owned()))
    );
    let line = listener.wait_for_code("accepted");
    assert_eq!(
        (&line["run_id"], &line["secret"]),
        (&"run_01".into(), &"secret-0".into())
    );
    assert_eq!(
        deliver(listener.port, &body),
        Some((200, r#"{"status":"duplicate"}"#.to_owned()))
    );
    let unreadable = [b"\xff\x00".as_slice(), &body].concat();
    assert_eq!(
        deliver(listener.port, &unreadable),
        Some((200, r#"{"status":"quarantined"}"#.to_owned()))
    );
    let stale = signed_at(now() - 4 * 86_400, SECRET, &body);
    assert_eq!(post(listener.port, &stale, &body).unwrap().0, 503);
    let headers = [
        signed(&body),
        vec![("X-Note".to_owned(), "caf\u{e9} \u{1f600}".to_owned())],
    ]
    .concat();
    assert_eq!(post(listener.port, &headers, b"forged").unwrap().0, 401);
    assert_eq!(post(listener.port, &[], &body).unwrap().0, 400);
    let last =
        listener.wait_for(|line| line["listen"] == "saved" && line["code"] == "missing_signature");
    listener.end();

    let saved = list(folder.path(), &[]);
    let codes: Vec<_> = saved
        .iter()
        .map(|saved| saved["code"].as_str().unwrap())
        .collect();
    let expected = [
        "accepted",
        "duplicate",
        "quarantined",
        "timestamp_too_old",
        "signature_mismatch",
        "missing_signature",
    ];
    assert_eq!(codes.len(), 6);
    assert!(
        expected.iter().all(|code| codes.contains(code)),
        "{codes:?}"
    );
    assert_eq!(saved[0]["key"], "run.completed:run_01");
    let failed = list(folder.path(), &["--failed"]);
    // The stale one was taken in before.
    assert_eq!(failed.len(), 2, "{failed:?}");

    // Exactly what was received, though it was forged, is no text, or was not needed for the answer.
    let exported = |code: &str| {
        let id = saved.iter().find(|saved| saved["code"] == code).unwrap()["id"].to_string();
        let said = run(&mut listen(folder.path(), &["--export", &id]));
        assert_eq!((said.status, said.err.as_str()), (0, ""));
        Captured::read(said.out.as_bytes()).unwrap().remove(0)
    };
    assert_eq!(exported("quarantined").body(), unreadable);
    assert_eq!(exported("missing_signature").body(), body);
    assert_eq!(
        last["id"],
        saved
            .iter()
            .find(|it| it["code"] == "missing_signature")
            .unwrap()["id"]
    );
    let forged = exported("signature_mismatch");
    assert_eq!(
        (forged.body(), forged.method(), forged.target()),
        (
            &b"forged"[..],
            Some(&b"POST"[..]),
            Some(&b"/webhooks/overten"[..])
        )
    );
    for (name, value) in headers {
        let named = |(known, _): &(&[u8], &[u8])| known.eq_ignore_ascii_case(name.as_bytes());
        assert_eq!(forged.headers().find(named).unwrap().1, value.as_bytes());
    }
}

#[test]
fn explains_what_does_not_verify_at_the_desk_and_not_to_the_sender() {
    let folder = tempfile::tempdir().unwrap();
    let mut listener = Listener::start(folder.path(), &[]);
    let sent = br#"{"event":"run.failed","run_id":"run_02"}"#;
    let printed_again = br#"{"event": "run.failed", "run_id": "run_02"}"#;
    let answer = post(listener.port, &signed(sent), printed_again);
    assert_eq!(
        answer,
        Some((401, r#"{"error":"signature_mismatch"}"#.to_owned()))
    );
    let line = listener.wait_for(|line| line["listen"] == "explained");
    assert_eq!(
        line["report"]["causes"][0]["cause"], "json_spacing",
        "{line}"
    );
    let said = serde_json::to_string(&listener.end()).unwrap();
    assert!(
        !said.contains(SECRET) && !said.contains("sha256="),
        "{said}"
    );
}

#[test]
fn shows_people_what_matters_and_nothing_that_moves_their_cursor() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = listen(folder.path(), &["--port", "0"]);
    let mut child = command
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut read = String::new();
    while !read.contains("Ctrl-C ends it") {
        assert!(std::io::BufRead::read_line(&mut out, &mut read).unwrap() > 0);
    }
    let port = read
        .split("http://127.0.0.1:")
        .nth(1)
        .unwrap()
        .split('/')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let body = br#"{"event":"run.completed","run_id":"\u001b[2J\u202e"}"#;
    assert_eq!(deliver(port, body).unwrap().0, 200);
    assert_eq!(
        post(port, &signed_at(now(), OTHER_SECRET, body), body)
            .unwrap()
            .0,
        401
    );
    while !read.contains("all of it:") {
        assert!(std::io::BufRead::read_line(&mut out, &mut read).unwrap() > 0);
    }
    crate::listener::signal(child.id(), "INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(
        read.contains("200 accepted") && read.contains("401 signature_mismatch"),
        "{read}"
    );
    assert!(read.contains("why:") && read.contains("next:"), "{read}");
    let hidden = |char: char| char != '\n' && (char.is_control() || char == '\u{202e}');
    assert!(!read.contains(hidden), "{read:?}");
}

#[test]
fn shows_only_the_events_that_are_asked_for_and_takes_in_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let listener = Listener::start(folder.path(), &["--event", "run.failed"]);
    let failed = br#"{"event":"run.failed","run_id":"shown"}"#;
    assert_eq!(deliver(listener.port, &body_of("hidden")).unwrap().0, 200);
    assert_eq!(deliver(listener.port, failed).unwrap().0, 200);
    let read = listener.end();
    let runs: Vec<_> = read
        .iter()
        .filter_map(|line| line["run_id"].as_str())
        .collect();
    assert_eq!(runs, ["shown"]);
    assert_eq!(list(folder.path(), &[]).len(), 2);
}

#[test]
fn fifty_at_once_make_one_new_though_two_listeners_share_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let listeners = [
        Listener::start(folder.path(), &[]),
        Listener::start(folder.path(), &[]),
    ];
    let (body, barrier) = (body_of("run_50"), Arc::new(Barrier::new(50)));
    let headers = signed(&body);
    let senders: Vec<_> = (0..50)
        .map(|number| {
            let (port, headers, body) = (listeners[number % 2].port, headers.clone(), body.clone());
            let barrier = Arc::clone(&barrier);
            thread::spawn(move || {
                barrier.wait();
                post(port, &headers, &body).unwrap().1
            })
        })
        .collect();
    let answers: Vec<_> = senders
        .into_iter()
        .map(|sender| sender.join().unwrap())
        .collect();
    let count = |word: &str| {
        answers
            .iter()
            .filter(|answer| answer.contains(word))
            .count()
    };
    assert_eq!(count("accepted"), 1, "{answers:?}");
    assert_eq!(count("duplicate") + count("in_flight"), 49, "{answers:?}");
    for listener in listeners {
        listener.end();
    }
    let taken = list(folder.path(), &[])
        .into_iter()
        .filter(|saved| saved["code"] == "accepted");
    assert_eq!(taken.count(), 1);
}

#[test]
fn a_stranger_fills_no_disk_and_pushes_out_nothing_that_is_authentic() {
    let folder = tempfile::tempdir().unwrap();
    let mut listener = Listener::start(folder.path(), &["--max-saved-mib", "1"]);
    assert_eq!(deliver(listener.port, &body_of("kept")).unwrap().0, 200);
    let junk = vec![b'x'; 200_000];
    for number in 0..20 {
        let headers = signed(format!("other {number}").as_bytes());
        assert_eq!(post(listener.port, &headers, &junk).unwrap().0, 401);
        listener.wait_for(|line| line["listen"] == "saved" && line["code"] == "signature_mismatch");
    }
    listener.end();
    let saved = list(folder.path(), &[]);
    assert_eq!(saved[0]["run_id"], "kept");
    assert_eq!(saved.len(), 1 + 5, "{saved:?}");
    assert!(
        std::fs::metadata(folder.path().join("deliveries.sqlite"))
            .unwrap()
            .len()
            < 3 * 1024 * 1024
    );
}
