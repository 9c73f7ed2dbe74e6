//! A receiver built on core, on a free port of this machine, that remembers what it took in.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Request as HttpRequest};
use axum::response::Response;
use overten_webhook::{
    Answer, Claim, Code, Ending, LedgerEntry, Receiver, Request, Retention, Secrets, Step,
    UnixSeconds, Verifier,
};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// One request, as it came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        &found
            .unwrap_or_else(|| panic!("no {name} in {:?}", self.headers))
            .1
    }
}

pub(crate) struct Ledger {
    receiver: Mutex<Arc<Receiver>>,
    /// Core's line about each request.
    pub(crate) lines: Mutex<Vec<String>>,
    /// Where they are written too.
    log: Option<PathBuf>,
    started: Instant,
    entries: Mutex<HashMap<String, LedgerEntry>>,
    /// Keys that were handed on, in their order.
    pub(crate) handed_on: Mutex<Vec<String>>,
    pub(crate) seen: Mutex<Vec<Seen>>,
    /// Answers `unavailable` so many times before it takes anything in.
    down_for: AtomicU64,
}

/// Runs until it is dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) ledger: Arc<Ledger>,
    _runtime: Runtime,
}

impl Running {
    pub(crate) fn start(secrets: &str) -> Self {
        Self::down_for(secrets, 0)
    }

    pub(crate) fn down_for(secrets: &str, requests: u64) -> Self {
        Self::with(secrets, requests, None)
    }

    pub(crate) fn logging_to(secrets: &str, log: PathBuf) -> Self {
        Self::with(secrets, 0, Some(log))
    }

    fn with(secrets: &str, down_for: u64, log: Option<PathBuf>) -> Self {
        let ledger = Arc::new(Ledger {
            receiver: Mutex::new(receiver(secrets).into()),
            lines: Mutex::default(),
            log,
            started: Instant::now(),
            entries: Mutex::default(),
            handed_on: Mutex::default(),
            seen: Mutex::default(),
            down_for: down_for.into(),
        });
        let app = Router::new()
            .fallback(receive)
            .with_state(Arc::clone(&ledger));
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self {
            address,
            ledger,
            _runtime: runtime,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/webhooks/overten", self.address)
    }

    /// Takes other secrets, as a start anew would.
    pub(crate) fn reload(&self, secrets: &str) {
        *self.ledger.receiver.lock().unwrap() = receiver(secrets).into();
    }

    pub(crate) fn handed_on(&self) -> Vec<String> {
        self.ledger.handed_on.lock().unwrap().clone()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.ledger.seen.lock().unwrap().clone()
    }
}

fn receiver(secrets: &str) -> Receiver {
    let verifier = Verifier::new(Secrets::from_lines(secrets.as_bytes()).unwrap());
    Receiver::new(verifier, Retention::default()).unwrap()
}

async fn receive(State(ledger): State<Arc<Ledger>>, request: HttpRequest<Body>) -> Response {
    let receiver = Arc::clone(&ledger.receiver.lock().unwrap());
    let (parts, body) = request.into_parts();
    let target = parts.uri.path().to_owned();
    let request = Request {
        method: parts.method.as_str().as_bytes(),
        target: target.as_bytes(),
    };
    let ending = match receiver.begin(request, &parts.headers, ledger.at_ms()) {
        Err(ending) => ending,
        Ok(reading) => {
            let most = usize::try_from(reading.max_body_bytes()).unwrap();
            match to_bytes(body, most).await {
                Ok(body) => {
                    ledger.remember(&parts.headers, &body);
                    ledger.take_in(&receiver, reading, &body)
                }
                Err(error) if error.to_string().contains("limit") => reading.over_the_limit(),
                Err(_) => reading.broken_off(),
            }
        }
    };
    ledger.say(
        ending
            .record(&receiver, None, &[], ledger.at_ms())
            .to_string(),
    );
    reply(ending.answer(&receiver).unwrap())
}

fn reply(answer: Answer) -> Response {
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        response = response.header(name, value);
    }
    response.body(answer.body().to_owned().into()).unwrap()
}

impl Ledger {
    fn remember(&self, headers: &HeaderMap, body: &[u8]) {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = headers
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect();
        let body = body.to_vec();
        self.seen.lock().unwrap().push(Seen { headers, body });
    }

    fn say(&self, line: String) {
        if let Some(log) = &self.log {
            let mut log = OpenOptions::new()
                .create(true)
                .append(true)
                .open(log)
                .unwrap();
            log.write_all(format!("{line}\n").as_bytes()).unwrap();
        }
        self.lines.lock().unwrap().push(line);
    }

    fn at_ms(&self) -> u64 {
        self.started.elapsed().as_millis().try_into().unwrap()
    }

    fn take_in(
        &self,
        receiver: &Receiver,
        reading: overten_webhook::Reading,
        body: &[u8],
    ) -> Ending {
        let seconds = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs();
        let now = UnixSeconds::new(seconds.try_into().unwrap());
        if self
            .down_for
            .try_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            })
            .is_ok()
        {
            return reading.broken_off();
        }
        let received = match reading.whole(receiver, body, now) {
            Ok(received) => received,
            Err(ending) => return ending,
        };
        let key = received.key.as_str().to_owned();
        let mut entries = self.entries.lock().unwrap();
        let mut step = Step::Claim(received.claiming);
        loop {
            step = match step {
                Step::Claim(step) => {
                    let claim = Claim::judge(
                        entries.get(&key).copied(),
                        now,
                        step.lease_seconds(),
                        Retention::default(),
                    );
                    step.answered(claim, self.at_ms(), self.at_ms())
                }
                Step::HandOn(step) => {
                    self.handed_on.lock().unwrap().push(key.clone());
                    step.done(self.at_ms())
                }
                Step::SetAside(step) => {
                    self.handed_on.lock().unwrap().push(key.clone());
                    step.done(self.at_ms())
                }
                Step::Commit(step) => {
                    entries.insert(key.clone(), LedgerEntry::Committed { at: now });
                    step.done()
                }
                Step::Release(step) => step.done(),
                Step::Answer(ending) => {
                    assert_ne!(ending.code(), Code::Internal);
                    return ending;
                }
            };
        }
    }
}
