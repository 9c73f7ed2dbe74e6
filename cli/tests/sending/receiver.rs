//! A receiver built on core, on a free port of this machine, that remembers what it took in.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::Request as HttpRequest;
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
    receiver: Receiver,
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
        let verifier = Verifier::new(Secrets::from_lines(secrets.as_bytes()).unwrap());
        let ledger = Arc::new(Ledger {
            receiver: Receiver::new(verifier, Retention::default()).unwrap(),
            started: Instant::now(),
            entries: Mutex::default(),
            handed_on: Mutex::default(),
            seen: Mutex::default(),
            down_for: requests.into(),
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

    pub(crate) fn handed_on(&self) -> Vec<String> {
        self.ledger.handed_on.lock().unwrap().clone()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.ledger.seen.lock().unwrap().clone()
    }
}

async fn receive(State(ledger): State<Arc<Ledger>>, request: HttpRequest<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let target = parts.uri.path().to_owned();
    let begun = ledger.receiver.begin(
        Request {
            method: parts.method.as_str().as_bytes(),
            target: target.as_bytes(),
        },
        &parts.headers,
        ledger.at_ms(),
    );
    let reading = match begun {
        Ok(reading) => reading,
        Err(ending) => return reply(ending.answer(&ledger.receiver).unwrap()),
    };
    let most = usize::try_from(reading.max_body_bytes()).unwrap();
    let ending = match to_bytes(body, most).await {
        Ok(body) => {
            let text = |value: &axum::http::HeaderValue| {
                String::from_utf8_lossy(value.as_bytes()).into_owned()
            };
            let headers = parts
                .headers
                .iter()
                .map(|(name, value)| (name.to_string(), text(value)))
                .collect();
            ledger.seen.lock().unwrap().push(Seen {
                headers,
                body: body.to_vec(),
            });
            ledger.take_in(reading, &body)
        }
        Err(error) if error.to_string().contains("limit") => reading.over_the_limit(),
        Err(_) => reading.broken_off(),
    };
    reply(ending.answer(&ledger.receiver).unwrap())
}

fn reply(answer: Answer) -> Response {
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        response = response.header(name, value);
    }
    response.body(answer.body().to_owned().into()).unwrap()
}

impl Ledger {
    fn at_ms(&self) -> u64 {
        self.started.elapsed().as_millis().try_into().unwrap()
    }

    fn take_in(&self, reading: overten_webhook::Reading, body: &[u8]) -> Ending {
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
        let received = match reading.whole(&self.receiver, body, now) {
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
