//! `replay`: what is saved goes out again.

use crate::http::{deliver, post};
use crate::listener::{
    Listener, OTHER_SECRET, SECRET, Said, body_of, now, program, run, signed_at,
};
use crate::target::{Target, free_port};

fn replay(folder: &std::path::Path, url: &str, arguments: &[&str]) -> Said {
    run(program()
        .args(["replay", url, "--folder"])
        .arg(folder)
        .args(arguments))
}

/// Runs that were accepted, were too old, and were signed by another secret.
fn saved() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut listener = Listener::start(folder.path(), &[]);
    assert_eq!(deliver(listener.port, &body_of("accepted")).unwrap().0, 200);
    let (old, body) = (now() - 4 * 86_400, body_of("old"));
    assert_eq!(
        post(listener.port, &signed_at(old, SECRET, &body), &body)
            .unwrap()
            .0,
        503
    );
    listener.wait_for(|line| line["listen"] == "saved" && line["code"] == "timestamp_too_old");
    let body = body_of("other");
    assert_eq!(
        post(listener.port, &signed_at(now(), OTHER_SECRET, &body), &body)
            .unwrap()
            .0,
        401
    );
    listener.wait_for(|line| line["listen"] == "saved" && line["code"] == "signature_mismatch");
    listener.end();
    folder
}

#[test]
fn sends_what_failed_signed_anew_so_that_it_is_accepted() {
    let (folder, elsewhere) = (saved(), tempfile::tempdir().unwrap());
    let mut listener = Listener::start(elsewhere.path(), &[]);
    let said = replay(folder.path(), &listener.url(), &["2", "--json"]);
    assert_eq!((said.status, said.err.as_str()), (0, ""));
    let lines: Vec<serde_json::Value> = said
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        (&lines[0]["key"], &lines[0]["answer"]),
        (&"run.completed:old".into(), &"200 accepted".into())
    );
    assert_eq!(
        lines[1],
        serde_json::json!({ "summary": { "deliveries": 1, "acknowledged": 1, "left_out": 0, "left_out_stale": 0 } })
    );
    assert_eq!(listener.wait_for_code("accepted")["run_id"], "old");
    listener.end();
}

#[test]
fn makes_nothing_new_that_was_refused_as_too_old_unless_it_is_named() {
    let folder = saved();
    let mut listener = Listener::start(folder.path(), &[]);
    let failed = || replay(folder.path(), &listener.url(), &["--failed"]).out;
    let before = failed();
    assert!(
        before.contains("0 sent, 0 acknowledged; 1 left out, which none")
            && before.contains("; 1 left out, which may"),
        "{before}"
    );
    assert_eq!(replay(folder.path(), &listener.url(), &["2"]).status, 0);
    let after = failed();
    assert!(!after.contains("which may"), "it was taken in: {after}");
    assert_eq!(listener.wait_for_code("accepted")["run_id"], "old");
    listener.end();
}

#[test]
fn makes_nothing_authentic_that_no_secret_signed_unless_it_is_named() {
    let (folder, target) = (saved(), Target::start(200));
    let said = replay(folder.path(), &target.url(), &["--all"]);
    assert!(
        said.out.contains("1 sent, 1 acknowledged; 1 left out"),
        "{}",
        said.out
    );
    assert_eq!(target.got().len(), 1);
    let said = replay(folder.path(), &target.url(), &["3"]);
    assert_eq!(said.status, 0);
    assert!(
        said.err
            .contains("none of these secrets has signed delivery 3"),
        "{}",
        said.err
    );
    assert_eq!(target.got().last().unwrap().body, body_of("other"));

    // With the secret that did sign it, it is proven.
    let mut command = program();
    command.env(
        "OVERTEN_WEBHOOK_SECRETS",
        format!("{SECRET}\n{OTHER_SECRET}"),
    );
    let said = run(command
        .args(["replay", &target.url(), "--all", "--folder"])
        .arg(folder.path()));
    assert!(said.out.contains("2 sent, 2 acknowledged"), "{}", said.out);
}

#[test]
fn chooses_by_number_run_and_event() {
    let (folder, target) = (saved(), Target::start(200));
    let runs = |arguments: &[&str]| {
        let before = target.got().len();
        assert_eq!(replay(folder.path(), &target.url(), arguments).status, 0);
        let bodies = target
            .got()
            .into_iter()
            .skip(before)
            .map(|got| String::from_utf8(got.body).unwrap());
        bodies.collect::<Vec<_>>().concat()
    };
    assert!(runs(&["1"]).contains("accepted"));
    assert!(runs(&["--run-id", "accepted"]).contains("accepted"));
    assert!(runs(&["--event", "run.completed"]).contains("accepted"));
    assert_eq!(runs(&["--event", "run.failed"]), "");
}

#[test]
fn says_what_went_wrong() {
    let (folder, target) = (saved(), Target::start(500));
    assert_eq!(replay(folder.path(), &target.url(), &["1"]).status, 10);
    assert_eq!(replay(folder.path(), &target.url(), &["77"]).status, 9);
    assert_eq!(replay(folder.path(), &target.url(), &[]).status, 2);
    let before = target.got().len();
    let said = replay(folder.path(), &target.url(), &["1", "77"]);
    assert_eq!((said.status, target.got().len()), (9, before), "{said:?}");
    let said = replay(
        folder.path(),
        &target.url(),
        &["--run-id", "nobody's", "--failed"],
    );
    assert!(said.err.contains("nothing that is saved fits"), "{said:?}");
    let nobody = format!("http://127.0.0.1:{}/", free_port());
    let said = replay(folder.path(), &nobody, &["1"]);
    assert_eq!(said.status, 1);
    assert!(said.err.contains("next:"), "{}", said.err);
}
