//! `subscription rotate`, killed at every step and taken up again, while events go on.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::overten::{AUTHORIZATION, Caller, Overten};
use crate::program::{Background, Said, program, wait_until};
use crate::receiver::Running;

/// Where the program is killed: at its first call of this method, before the API has seen it or after.
#[derive(Debug, Clone)]
enum Break {
    Before(Method),
    After(Method),
}

/// Stands between the program and the API.
struct Gate {
    url: String,
    held: Arc<Held>,
    _runtime: Runtime,
}

struct Held {
    upstream: String,
    client: reqwest::Client,
    at: Mutex<Option<Break>>,
    program: Mutex<Option<u32>>,
}

impl Gate {
    fn before(upstream: &str) -> Self {
        let runtime = Runtime::new().unwrap();
        let held = Arc::new(Held {
            upstream: upstream.to_owned(),
            client: reqwest::Client::builder()
                .no_proxy()
                .tls_certs_only([])
                .build()
                .unwrap(),
            at: Mutex::default(),
            program: Mutex::default(),
        });
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(pass).with_state(Arc::clone(&held));
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self {
            url,
            held,
            _runtime: runtime,
        }
    }
}

async fn pass(State(held): State<Arc<Held>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let at = held.at.lock().unwrap().clone();
    if matches!(&at, Some(Break::Before(method)) if *method == parts.method) {
        held.kill().await;
    }
    let url = format!("{}{}", held.upstream, parts.uri.path());
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let mut call = held.client.request(parts.method.clone(), url).body(body);
    for name in ["authorization", "content-type"] {
        if let Some(value) = parts.headers.get(name) {
            call = call.header(name, value);
        }
    }
    let reply = call.send().await.unwrap();
    let response = Response::builder().status(reply.status());
    let reply = reply.bytes().await.unwrap();
    if matches!(&at, Some(Break::After(method)) if *method == parts.method) {
        held.kill().await;
    }
    response.body(Body::from(reply)).unwrap()
}

impl Held {
    /// Kills the program, and answers nothing any more.
    async fn kill(&self) {
        let id = loop {
            if let Some(id) = *self.program.lock().unwrap() {
                break id.to_string();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        assert!(
            Command::new("kill")
                .args(["-KILL", &id])
                .status()
                .unwrap()
                .success()
        );
        std::future::pending::<()>().await;
    }
}

/// A rotation's surroundings: the API, a receiver with its log, and the secrets' file.
struct Scene {
    gate: Gate,
    receiver: Running,
    folder: tempfile::TempDir,
    id: String,
}

impl Scene {
    fn new(overten: &Overten) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let receiver =
            Running::logging_to("whsec_not-yet-known-to-anybody", folder.path().join("log"));
        let (_, made) = overten.call(
            Method::POST,
            "/webhooks",
            Some(&json!({ "url": receiver.url(), "events": [] })),
        );
        fs::write(
            folder.path().join("secrets.txt"),
            format!("old:{}", made["secret"].as_str().unwrap()),
        )
        .unwrap();
        let scene = Self {
            gate: Gate::before(&overten.url),
            receiver,
            folder,
            id: made["id"].as_str().unwrap().to_owned(),
        };
        scene.receiver.reload(&scene.secrets());
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn secrets(&self) -> String {
        fs::read_to_string(self.path("secrets.txt")).unwrap()
    }

    fn begin(&self, at: Option<Break>) -> Background {
        *self.gate.held.at.lock().unwrap() = at;
        *self.gate.held.program.lock().unwrap() = None;
        let mut command = program();
        command.args([
            "subscription",
            "rotate",
            &self.id,
            "--secrets-file",
            "secrets.txt",
            "--log",
            "log",
        ]);
        command
            .env("OVERTEN_API", &self.gate.url)
            .env("OVERTEN_AUTHORIZATION", AUTHORIZATION);
        let running = Background::start(command.current_dir(self.folder.path()));
        *self.gate.held.program.lock().unwrap() = Some(running.child.id());
        running
    }

    fn run(&self, at: Option<Break>) -> Said {
        self.begin(at).end()
    }

    fn state(&self) -> Value {
        let path = self.path("secrets.txt.rotation");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    }
}

#[test]
fn broken_off_at_every_step_it_is_taken_up_again_and_no_event_is_lost() {
    let mut overten = Overten::start(&[]);
    overten.program.drain();
    let scene = Scene::new(&overten);
    let (is_over, lets_load) = (AtomicBool::new(false), AtomicBool::new(false));
    let runs = thread::scope(|scope| {
        let events = scope.spawn(|| {
            let caller = Caller::new();
            let mut runs = BTreeSet::new();
            while !is_over.load(Ordering::SeqCst) {
                let (status, reply) = caller.call(
                    &overten.url,
                    AUTHORIZATION,
                    Method::POST,
                    "/generate",
                    Some(&json!({})),
                );
                assert_eq!(status, 202);
                runs.insert(format!(
                    "run.completed:{}",
                    reply["run_id"].as_str().unwrap()
                ));
                thread::sleep(Duration::from_millis(20));
            }
            runs
        });
        scope.spawn(|| {
            let mut known = scene.secrets();
            while !is_over.load(Ordering::SeqCst) {
                let now = scene.secrets();
                if lets_load.load(Ordering::SeqCst) && now != known {
                    scene.receiver.reload(&now);
                    known = now;
                }
                thread::sleep(Duration::from_millis(10));
            }
        });
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            break_and_take_up(&overten, &scene, &lets_load);
        }));
        is_over.store(true, Ordering::SeqCst);
        let runs = events.join().unwrap();
        ended.unwrap();
        runs
    });
    wait_until("every event at the receiver", || {
        scene.receiver.handed_on().len() >= runs.len()
    });
    let handed_on = scene.receiver.handed_on();
    assert_eq!(handed_on.len(), runs.len(), "each event once");
    assert_eq!(handed_on.into_iter().collect::<BTreeSet<_>>(), runs);
}

fn break_and_take_up(overten: &Overten, scene: &Scene, lets_load: &AtomicBool) {
    let killed = |at: Break| {
        let said = scene.run(Some(at.clone()));
        assert_eq!(said.status, -1, "{at:?}: {said:?}");
        assert!(
            !said.out.contains("whsec_") && !said.err.contains("whsec_"),
            "{said:?}"
        );
        said
    };
    let subscriptions = || {
        overten.call(Method::GET, "/webhooks", None).1["webhooks"]
            .as_array()
            .unwrap()
            .len()
    };

    killed(Break::Before(Method::GET));
    killed(Break::After(Method::GET));
    assert!(
        !scene.path("secrets.txt.rotation").exists(),
        "nothing has begun"
    );
    killed(Break::Before(Method::POST));
    assert_eq!(scene.state()["step"], "creating");
    let said = killed(Break::After(Method::POST));
    assert!(said.out.contains("taken up again: step 1 of 4"), "{said:?}");
    assert_eq!(subscriptions(), 2, "one whose secret was lost on its way");

    // It may be somebody else's: that is for the user to say.
    let said = scene.run(None);
    let listed = overten.call(Method::GET, "/webhooks", None).1;
    let lost = listed["webhooks"].as_array().unwrap().iter();
    let lost = lost.map(|found| found["id"].as_str().unwrap());
    let lost = lost.filter(|id| *id != scene.id).collect::<String>();
    assert!(
        said.status == 1 && said.err.contains(&format!("{lost}; one of them may be")),
        "{said:?}"
    );
    assert_eq!(subscriptions(), 2);
    let path = format!("/webhooks/{lost}");
    assert_eq!(overten.call(Method::DELETE, &path, None).0, 204);

    // In front of the receiver's proof: both secrets stand in the file.
    let mut waiting = scene.begin(None);
    let mut lines = Vec::new();
    wait_until("the wait", || {
        lines.push(waiting.line());
        lines.last().unwrap().starts_with("Waiting")
    });
    waiting.signal("-KILL");
    assert_eq!(waiting.end().status, -1);
    assert!(
        lines
            .iter()
            .any(|line| line.contains("wrangler secret put")),
        "{lines:?}"
    );
    assert_eq!((subscriptions(), scene.secrets().lines().count()), (2, 2));
    let state = scene.state();
    assert_eq!(state["step"], "kept");
    assert!(
        !state.to_string().contains("whsec_"),
        "the secret stands in one file only"
    );

    // As if it had been killed between the secrets' file and the state.
    let secret = scene
        .secrets()
        .lines()
        .last()
        .unwrap()
        .split_once(':')
        .unwrap()
        .1
        .to_owned();
    let mut before = state;
    before["step"] = "created".into();
    before["secret"] = secret.into();
    fs::write(scene.path("secrets.txt.rotation"), before.to_string()).unwrap();
    let mut waiting = scene.begin(None);
    wait_until("the wait", || waiting.line().starts_with("Waiting"));
    let said = scene.run(None);
    assert!(
        said.status == 1 && said.err.contains("another rotation is under way"),
        "{said:?}"
    );
    waiting.signal("-INT");
    let said = waiting.end();
    assert!(
        said.status == 130 && said.out.contains("the same command goes on"),
        "{said:?}"
    );
    assert_eq!(scene.secrets().lines().count(), 2, "not added twice");

    lets_load.store(true, Ordering::SeqCst);
    killed(Break::Before(Method::DELETE));
    assert_eq!(
        (&scene.state()["step"], subscriptions()),
        (&"proven".into(), 2)
    );
    killed(Break::After(Method::DELETE));
    assert_eq!(
        (&scene.state()["step"], subscriptions()),
        (&"proven".into(), 1)
    );
    let said = scene.run(None);
    assert_eq!(said.status, 0, "{said:?}");
    assert!(
        said.out.contains("done: ") && said.out.contains("Remove the old secret's line"),
        "{said:?}"
    );
    assert!(!scene.path("secrets.txt.rotation").exists());
    assert_ne!(
        overten.call(Method::GET, "/webhooks", None).1["webhooks"][0]["id"],
        scene.id
    );
    assert!(
        scene.secrets().starts_with("old:"),
        "what is on its way is still checked"
    );
}

#[test]
fn without_a_yes_the_old_one_stays_and_another_rotation_is_kept_apart() {
    let mut overten = Overten::start(&[]);
    overten.program.drain();
    let scene = Scene::new(&overten);
    let asked = |id: &str, answer: &str| -> Said {
        let file = scene.path("answer");
        fs::write(&file, answer).unwrap();
        let mut command = program();
        command
            .args([
                "subscription",
                "rotate",
                id,
                "--secrets-file",
                "secrets.txt",
            ])
            .stdin(fs::File::open(file).unwrap());
        command
            .env("OVERTEN_API", &scene.gate.url)
            .env("OVERTEN_AUTHORIZATION", AUTHORIZATION);
        command
            .current_dir(scene.folder.path())
            .output()
            .unwrap()
            .into()
    };
    let said = asked("wh_nobody", "");
    assert!(
        said.status == 1 && said.err.contains("there is no subscription wh_nobody"),
        "{said:?}"
    );
    for answer in ["", "no\n", "maybe\n"] {
        let said = asked(&scene.id, answer);
        assert!(
            said.status == 1 && said.err.contains("the old subscription stays"),
            "{said:?}"
        );
    }
    let said = asked("wh_nobody", "yes\n");
    assert!(
        said.status == 1 && said.err.contains("another file with --state"),
        "{said:?}"
    );
    let said = asked(&scene.id, "yes\n");
    assert!(said.status == 0 && said.out.contains("done: "), "{said:?}");
    let (_, listed) = overten.call(Method::GET, "/webhooks", None);
    assert_eq!(listed["webhooks"].as_array().unwrap().len(), 1);
}
