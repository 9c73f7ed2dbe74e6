//! An API that does what Overten should not, and what becomes of subscriptions then.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{delete, get};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::overten::AUTHORIZATION;
use crate::program::{Background, OTHER_SECRET, SECRET, Said, program, wait_until};

const URL: &str = "http://127.0.0.1:1/";

/// What it does.
struct Oddity {
    listed: Vec<Value>,
    /// The status and the body of the answer to what makes one.
    made: (u16, String),
    /// Whether what it made is listed.
    is_listed: bool,
    /// How many have been asked for.
    asked: usize,
    /// What makes one is answered once so many have been asked for.
    at_once: usize,
    /// The status of the answer to what deletes one; below 300 it is done.
    deletes: u16,
}

struct Odd {
    url: String,
    does: Arc<Mutex<Oddity>>,
    folder: TempDir,
    _runtime: Runtime,
}

impl Odd {
    /// Holds `wh_old`, and makes `wh_new`, in one way or another.
    fn start(status: u16, made: &Value) -> Self {
        let does = Arc::new(Mutex::new(Oddity {
            listed: vec![subscription("wh_old")],
            made: (status, made.to_string()),
            is_listed: true,
            asked: 0,
            at_once: 0,
            deletes: 204,
        }));
        let app = Router::new()
            .route("/webhooks", get(list).post(make))
            .route("/webhooks/{id}", delete(remove))
            .with_state(Arc::clone(&does));
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move { axum::serve(listener, app).await });
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("secrets.txt"), format!("old:{SECRET}\n")).unwrap();
        Self {
            url,
            does,
            folder,
            _runtime: runtime,
        }
    }

    /// Runs `subscription` with these arguments, and says yes.
    fn subscription(&self, arguments: &[&str]) -> Said {
        self.command(arguments).output().unwrap().into()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let yes = self.folder.path().join("yes");
        fs::write(&yes, "yes\n").unwrap();
        let mut command = program();
        command
            .arg("subscription")
            .args(arguments)
            .args(["--secrets-file", "secrets.txt"]);
        command
            .env("OVERTEN_API", &self.url)
            .env("OVERTEN_AUTHORIZATION", AUTHORIZATION);
        command
            .stdin(fs::File::open(yes).unwrap())
            .current_dir(self.folder.path());
        command
    }

    fn rotate(&self) -> Said {
        self.subscription(&["rotate", "wh_old"])
    }

    fn ids(&self) -> Vec<String> {
        let does = self.does.lock().unwrap();
        let id = |one: &Value| one["id"].as_str().unwrap().to_owned();
        does.listed.iter().map(id).collect()
    }

    /// The names of the files that there are.
    fn left(&self) -> Vec<String> {
        let files = fs::read_dir(self.folder.path()).unwrap();
        let name = |file: std::io::Result<fs::DirEntry>| file.unwrap().file_name();
        let mut names: Vec<_> = files
            .map(|file| name(file).into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn has_begun(&self) -> bool {
        self.folder.path().join("secrets.txt.rotation").exists()
    }
}

async fn list(State(does): State<Arc<Mutex<Oddity>>>) -> String {
    json!({ "webhooks": does.lock().unwrap().listed }).to_string()
}

async fn make(State(does): State<Arc<Mutex<Oddity>>>) -> (StatusCode, String) {
    let number = {
        let mut does = does.lock().unwrap();
        does.asked += 1;
        does.asked
    };
    loop {
        {
            let does = does.lock().unwrap();
            if does.asked >= does.at_once {
                break;
            }
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut does = does.lock().unwrap();
    let (status, made) = does.made.clone();
    let made = made.replace('@', &number.to_string());
    let reply: Value = serde_json::from_str(&made).unwrap();
    let is_known = does.listed.iter().any(|one| one["id"] == reply["id"]);
    if does.is_listed && !is_known && reply["id"].is_string() {
        let id = reply["id"].as_str().unwrap();
        does.listed.push(subscription(id));
    }
    (StatusCode::from_u16(status).unwrap(), made)
}

async fn remove(State(does): State<Arc<Mutex<Oddity>>>, Path(id): Path<String>) -> StatusCode {
    let mut does = does.lock().unwrap();
    if does.deletes < 300 {
        does.listed.retain(|one| one["id"] != id);
    }
    StatusCode::from_u16(does.deletes).unwrap()
}

fn subscription(id: &str) -> Value {
    json!({ "id": id, "url": URL, "events": [] })
}

fn with_secret(id: &str, secret: &str) -> Value {
    json!({ "id": id, "url": URL, "events": [], "secret": secret })
}

#[test]
fn the_subscription_that_is_there_already_is_not_taken_for_a_new_one() {
    let odd = Odd::start(200, &with_secret("wh_old", OTHER_SECRET));
    // The label is taken: a secret that cannot be kept must not cost the subscription that was there.
    for arguments in [
        &["rotate", "wh_old"][..],
        &["create", URL],
        &["create", URL, "--label", "old"],
    ] {
        let said = odd.subscription(arguments);
        assert!(
            said.status == 1
                && said
                    .err
                    .contains("wh_old, which was there before and stays"),
            "{said:?}"
        );
        assert_eq!(odd.ids(), ["wh_old"], "{arguments:?}");
        assert!(!odd.has_begun(), "nothing is to be gone on with");
    }
}

#[test]
fn what_was_made_and_is_of_no_use_is_deleted_or_spoken_of() {
    for made in [
        with_secret("wh_new", "whsec_c2hvcnQ="),
        subscription("wh_new"),
        json!({ "id": "wh_new", "form": "another" }),
    ] {
        let odd = Odd::start(201, &made);
        for arguments in [&["create", URL][..], &["rotate", "wh_old"]] {
            let said = odd.subscription(arguments);
            assert!(
                said.status != 0 && said.err.contains("wh_new that was made was deleted again"),
                "{said:?}"
            );
            assert_eq!(odd.ids(), ["wh_old"]);
            assert!(!odd.has_begun());
        }
        odd.does.lock().unwrap().deletes = 503;
        let said = odd.subscription(&["create", URL]);
        assert!(
            said.err
                .contains("`overten-webhook subscription delete wh_new`"),
            "{said:?}"
        );
    }
    for (status, is_spoken_of) in [(201, true), (504, true), (408, true), (422, false)] {
        let odd = Odd::start(status, &json!({}));
        let said = odd.subscription(&["create", URL]);
        assert_eq!(
            said.err.contains("a subscription may have been made"),
            is_spoken_of,
            "{status}: {said:?}"
        );
    }
}

#[test]
fn a_rotation_that_is_taken_up_deletes_nobody_elses_subscription() {
    let odd = Odd::start(422, &json!({}));
    assert!(odd.rotate().err.contains("the API answered 422"));
    assert!(!odd.has_begun(), "nothing was made for certain");

    odd.does.lock().unwrap().made = (503, "{}".to_owned());
    assert!(odd.rotate().err.contains("the API answered 503"));
    assert!(odd.has_begun());
    {
        let mut does = odd.does.lock().unwrap();
        does.listed.push(subscription("wh_else"));
        does.made = (201, with_secret("wh_new", OTHER_SECRET).to_string());
    }
    let said = odd.rotate();
    assert!(
        said.status == 1
            && said.err.contains("for the same address: wh_else")
            && said.err.contains("overten-webhook subscription delete ID")
            && said
                .err
                .contains("remove secrets.txt.rotation and begin anew"),
        "{said:?}"
    );
    assert_eq!(odd.ids(), ["wh_old", "wh_else"]);
    fs::remove_file(odd.folder.path().join("secrets.txt.rotation")).unwrap();
    let said = odd.rotate();
    assert_eq!(said.status, 0, "{said:?}");
    assert_eq!(odd.ids(), ["wh_else", "wh_new"]);
}

#[test]
fn secrets_that_come_at_once_all_stand_in_the_file() {
    let odd = Odd::start(201, &with_secret("wh_@", &OTHER_SECRET.replace("_I", "_@")));
    odd.does.lock().unwrap().at_once = 5;
    let create =
        |label: &str| Background::start(&mut odd.command(&["create", URL, "--label", label]));
    let running: Vec<_> = ["a", "b", "c", "d", "e"].map(create).into();
    for one in running {
        let said = one.end();
        assert_eq!(said.status, 0, "{said:?}");
    }
    let secrets = fs::read_to_string(odd.folder.path().join("secrets.txt")).unwrap();
    assert_eq!(secrets.lines().count(), 6, "{:?}", odd.ids());
    assert_eq!(odd.left(), ["secrets.txt", "yes"]);
}

#[test]
fn the_old_one_is_not_called_deleted_while_it_is_listed() {
    let odd = Odd::start(201, &with_secret("wh_new", OTHER_SECRET));
    odd.does.lock().unwrap().deletes = 404;
    let said = odd.rotate();
    assert!(
        said.status == 1 && said.err.contains("lists it still") && odd.has_begun(),
        "{said:?}"
    );
    odd.does.lock().unwrap().deletes = 204;
    let said = odd.rotate();
    assert!(said.status == 0 && said.out.contains("done: "), "{said:?}");
    assert_eq!(odd.ids(), ["wh_new"]);
}

#[test]
fn a_rotation_to_the_same_secret_says_how_to_go_on() {
    let odd = Odd::start(201, &with_secret("wh_new", SECRET));
    for _ in 0..2 {
        let said = odd.rotate();
        assert!(
            said.status == 8
                && said
                    .err
                    .contains("`overten-webhook subscription delete wh_new`")
                && said.err.contains("remove secrets.txt.rotation"),
            "{said:?}"
        );
    }
}

#[test]
fn broken_off_while_one_is_made_it_says_that_there_may_be_one_and_leaves_no_file() {
    let odd = Odd::start(201, &with_secret("wh_new", OTHER_SECRET));
    odd.does.lock().unwrap().at_once = 2;
    let running = Background::start(&mut odd.command(&["create", URL]));
    wait_until("the call", || odd.does.lock().unwrap().asked == 1);
    assert_eq!(odd.left(), ["secrets.txt", "yes"]);
    running.signal("-INT");
    let said = running.end();
    assert!(
        said.status == 130 && said.err.contains("a subscription may have been made"),
        "{said:?}"
    );
}

/// As root the file is another user's; else it is of another of this user's groups, where there is one.
#[test]
fn whose_the_file_is_stays() {
    let odd = Odd::start(201, &with_secret("wh_new", OTHER_SECRET));
    let path = odd.folder.path().join("secrets.txt");
    let known = fs::metadata(&path).unwrap();
    let groups = Command::new("id").arg("-G").output().unwrap().stdout;
    let group = String::from_utf8(groups).unwrap();
    let group = group.split_whitespace().last().unwrap().parse().unwrap();
    let (user, group) = match known.uid() {
        0 => (65534, 65534),
        user => (user, group),
    };
    chown(&path, Some(user), Some(group)).unwrap();
    let said = odd.subscription(&["create", URL]);
    assert_eq!(said.status, 0, "{said:?}");
    let now = fs::metadata(&path).unwrap();
    assert_ne!(now.ino(), known.ino(), "it was written anew");
    assert_eq!((now.uid(), now.gid()), (user, group));
}
