//! `subscription` and `organisation`, against `simulate`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;

use crate::overten::{AUTHORIZATION, Overten};
use crate::program::{SECRET, Said, program, run};
use crate::receiver::Running;

/// Runs a command against the stand-in, in a folder of its own.
fn call(overten: &Overten, folder: &TempDir, arguments: &[&str]) -> Said {
    let mut command = program();
    command.args(arguments).current_dir(folder.path());
    command
        .env("OVERTEN_API", &overten.url)
        .env("OVERTEN_AUTHORIZATION", AUTHORIZATION);
    command.output().unwrap().into()
}

fn is_private(path: &Path) -> bool {
    fs::metadata(path).unwrap().permissions().mode() & 0o777 == 0o600
}

#[test]
fn a_subscriptions_secret_goes_into_a_private_file_and_nowhere_else() {
    let mut overten = Overten::start(&[]);
    let receiver = Running::start(SECRET);
    let folder = tempfile::tempdir().unwrap();
    let said = call(
        &overten,
        &folder,
        &[
            "subscription",
            "create",
            &receiver.url(),
            "--secrets-file",
            "secrets.txt",
        ],
    );
    assert_eq!(said.status, 0, "{said:?}");
    let file = folder.path().join("secrets.txt");
    let held = fs::read_to_string(&file).unwrap();
    let secret = held.trim().strip_prefix("subscription:").unwrap();
    assert!(is_private(&file));
    assert!(
        !said.out.contains(secret) && !said.err.contains(secret),
        "{said:?}"
    );

    receiver.reload(&held);
    overten.generate(&json!({}));
    assert_eq!(overten.delivered()["answer"], "200 accepted");

    let said = call(&overten, &folder, &["subscription", "list", "--json"]);
    let listed: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(listed["url"], receiver.url());
    let id = listed["id"].as_str().unwrap();
    assert_eq!(
        call(&overten, &folder, &["subscription", "delete", id]).status,
        0
    );
    let said = call(&overten, &folder, &["subscription", "delete", id]);
    assert!(
        said.status == 1 && said.err.contains("there is no subscription"),
        "{said:?}"
    );
    let said = call(&overten, &folder, &["subscription", "list"]);
    assert!(
        said.out.is_empty() && said.err.contains("there is no subscription"),
        "{said:?}"
    );
}

#[test]
fn a_secret_is_printed_only_where_that_is_asked_for() {
    let overten = Overten::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let url = "http://127.0.0.1:1/";
    assert_eq!(
        call(&overten, &folder, &["subscription", "create", url]).status,
        2,
        "it would be lost"
    );
    let said = call(
        &overten,
        &folder,
        &["subscription", "create", url, "--print-secret"],
    );
    assert!(
        said.status == 0 && said.out.starts_with("whsec_") && !said.err.contains("whsec_"),
        "{said:?}"
    );
}

#[test]
fn a_secret_that_cannot_be_kept_leaves_no_subscription() {
    let overten = Overten::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let create = [
        "subscription",
        "create",
        "http://127.0.0.1:1/",
        "--secrets-file",
    ];
    let said = call(
        &overten,
        &folder,
        &[&create[..], &["no/such/folder.txt"]].concat(),
    );
    assert!(
        said.status == 1 && said.err.contains("a folder that this user may write"),
        "{said:?}"
    );
    fs::write(
        folder.path().join("taken.txt"),
        format!("subscription:{SECRET}\n"),
    )
    .unwrap();
    let said = call(&overten, &folder, &[&create[..], &["taken.txt"]].concat());
    assert!(
        said.status == 8 && said.err.contains("another --label"),
        "{said:?}"
    );
    let (_, listed) = overten.call(Method::GET, "/webhooks", None);
    assert_eq!(listed["webhooks"], json!([]));
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "no draft is left behind"
    );
}

#[test]
fn the_organisations_secret_checks_what_a_call_asks_for() {
    let mut overten = Overten::start(&[]);
    let receiver = Running::start(SECRET);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secrets.txt");
    fs::write(&file, format!("previous:{SECRET}")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let said = call(
        &overten,
        &folder,
        &["organisation", "secret", "--secrets-file", "secrets.txt"],
    );
    assert_eq!(said.status, 0, "{said:?}");
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o640,
        "who may read it already still may"
    );
    receiver.reload(&fs::read_to_string(&file).unwrap());
    overten.generate(&json!({ "webhook_url": receiver.url() }));
    assert_eq!(overten.delivered()["answer"], "200 accepted");
}

#[test]
fn what_is_missing_or_wrong_is_said() {
    let overten = Overten::start(&[]);
    let list = |api: &str, authorization: Option<&str>| -> Said {
        let mut command = program();
        command
            .args(["subscription", "list"])
            .env("OVERTEN_API", api);
        if let Some(authorization) = authorization {
            command.env("OVERTEN_AUTHORIZATION", authorization);
        }
        command.output().unwrap().into()
    };
    assert_eq!(
        run(&["subscription", "list"]).status,
        2,
        "there is no default address"
    );
    let rows = [
        (list(&overten.url, None), "no authorisation was given"),
        (
            list(&overten.url, Some("Bearer another")),
            "the API answered 401",
        ),
        (
            list(&overten.url, Some("a\nb")),
            "the authorisation is no header",
        ),
        (
            list(&format!("{}/nowhere", overten.url), Some(AUTHORIZATION)),
            "the API answered 404",
        ),
        (
            list("http://127.0.0.1:1", Some(AUTHORIZATION)),
            "connection refused",
        ),
        (
            list("http://127.0.0.1:1", Some(AUTHORIZATION)),
            "correct the API's address (--api or OVERTEN_API)",
        ),
    ];
    for (said, what) in rows {
        assert!(
            said.status == 1 && said.err.contains(what) && said.err.contains("next:"),
            "{what}: {said:?}"
        );
        assert!(
            !said.err.contains("receiver"),
            "it is the API that does not answer: {said:?}"
        );
        assert!(
            !said.err.contains("another"),
            "an authorisation is shown: {said:?}"
        );
    }
    let said = list(
        &overten.url,
        Some(&format!("authorization: {AUTHORIZATION}")),
    );
    assert_eq!(said.status, 0, "a whole header does as well: {said:?}");
}
