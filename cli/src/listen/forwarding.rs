//! Passes authentic deliveries on to a target: each until it answers 2xx, across restarts, in the order in which they came
//! as far as their answers allow.

use std::collections::HashSet;
use std::fs::{File, TryLockError};
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::{AUTHORIZATION, CONNECTION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::body::Bytes;
use overten_webhook::Code;
use overten_webhook::diagnose::Captured;
use reqwest::Url;
use tokio::sync::{Notify, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};

use crate::failure::{Failure, Status};
use crate::http::{Client, NoAnswer, Pace};

use super::clock::Clock;
use super::folder::Folder;
use super::outbox::{self, Note, Waiting};
use super::shown::{Attempted, Forwarded, Screen, Shown};
use super::signals::stopped;
use super::store::{Durable, Store};

/// How long a target may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many are on their way at once.
const AT_ONCE: usize = 4;
/// The longest time until one is tried again that the target has answered, or not in time.
const LONGEST_DELAY_SECONDS: i64 = 60 * 60;
/// How often one is tried: then it is kept, and a person must look. A target that cannot be reached costs no attempt.
const ATTEMPTS: u32 = 26;
/// The longest time until a target is tried again that cannot be reached.
const LONGEST_PAUSE_SECONDS: i64 = 60;
/// How often is looked for what another process has received, or the clock has made due.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How long attempts may take once the listener ends; what is cut off then is sent again by the next one.
const END_WITHIN: Duration = Duration::from_secs(5);

/// The variable with what the target knows this program by; it is no argument, which other people can see.
const AUTHORIZATION_VARIABLE: &str = "ORIGIN_AUTHORIZATION";

/// Where deliveries are posted to.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    url: Url,
    authorization: Option<HeaderValue>,
    client: Client,
}

impl Target {
    /// Takes the authorisation from the environment, if it is there.
    pub(crate) fn new(url: Url) -> Result<Self, Failure> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Failure::new(
                "the address to forward to holds a user or a password, which everybody on this machine could see",
                format_args!("put them into the variable {AUTHORIZATION_VARIABLE}, such as `Basic …` or `Bearer …`"),
            )
            .with_status(Status::Usage));
        }
        Ok(Self {
            client: Client::new(&url, PATIENCE)?,
            authorization: authorization()?,
            url,
        })
    }

    /// The address without what may be secret in it.
    pub(crate) fn shown(&self) -> String {
        let mut url = self.url.clone();
        url.set_query(None);
        url.set_fragment(None);
        url.to_string()
    }

    async fn post(&self, waiting: &Waiting) -> Result<u16, Trouble> {
        let captured = Captured::read(waiting.capture.as_bytes()).ok();
        let captured = captured.and_then(|all| all.into_iter().next());
        let captured = captured.ok_or(Trouble::Unreadable)?;
        let mut headers = passed_on(&captured);
        if let Ok(key) = HeaderValue::from_str(&waiting.key) {
            headers.insert("idempotency-key", key);
        }
        if waiting.code == Code::Quarantined.as_str() {
            headers.insert("x-overten-quarantined", HeaderValue::from_static("true"));
            headers.insert(
                CONTENT_TYPE,
                HeaderValue::from_static("application/octet-stream"),
            );
        }
        if let Some(authorization) = &self.authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        let body = Bytes::copy_from_slice(captured.body());
        let answer = self
            .client
            .post(&self.url, headers, body, Pace::AtOnce)
            .await
            .map_err(Trouble::NoAnswer)?;
        Ok(answer.status)
    }
}

fn authorization() -> Result<Option<HeaderValue>, Failure> {
    let Some(value) = std::env::var_os(AUTHORIZATION_VARIABLE) else {
        return Ok(None);
    };
    let value = HeaderValue::from_bytes(value.as_encoded_bytes()).ok();
    let value = value.filter(|value| !value.as_bytes().trim_ascii().is_empty());
    let mut value = value.ok_or_else(|| {
        Failure::new(
            format_args!("the variable {AUTHORIZATION_VARIABLE} is no header's value"),
            "give it one line that is not empty, or unset it",
        )
        .with_status(Status::Usage)
    })?;
    value.set_sensitive(true);
    Ok(Some(value))
}

/// The headers that speak of the delivery. Those that speak of the connection it came by (RFC 9110, section 7.6.1), or that would
/// speak for this program, are not passed on: none of them is signed.
pub(crate) fn passed_on(captured: &Captured) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in captured.headers() {
        let pair = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value));
        if let (Ok(name), Ok(value)) = pair {
            headers.append(name, value);
        }
    }
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
        .collect();
    let own = NOT_PASSED_ON.into_iter().map(HeaderName::from_static);
    for name in own.chain(named) {
        headers.remove(name);
    }
    headers
}

const NOT_PASSED_ON: [&str; 19] = [
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "idempotency-key",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-overten-quarantined",
];

/// Forwards what waits, until `stop` says so.
#[derive(Debug)]
pub(crate) struct Forwarder {
    target: Target,
    store: Store,
    screen: Screen,
    clock: Clock,
    new: Arc<Notify>,
    stop: watch::Receiver<bool>,
    way: Way,
}

/// What is on its way, and how the target does.
#[derive(Debug, Default)]
struct Way {
    attempts: JoinSet<Attempt>,
    /// Those, and those of `unnoted`.
    ids: HashSet<i64>,
    /// What the store could not take yet: until it does, these must not be sent again.
    unnoted: Vec<Note>,
    /// Doubled with each time that the target could not be reached; 0 once it could.
    pause_seconds: i64,
    /// When it may be tried again, by the clock that never goes back; None at any time.
    paused_until_ms: Option<u64>,
}

impl Forwarder {
    pub(crate) fn new(
        target: Target,
        store: Store,
        screen: Screen,
        clock: Clock,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let (new, way) = (Arc::default(), Way::default());
        Self {
            target,
            store,
            screen,
            clock,
            new,
            stop,
            way,
        }
    }

    /// To be told of each delivery that is to be forwarded.
    pub(crate) fn new_ones(&self) -> Arc<Notify> {
        Arc::clone(&self.new)
    }

    /// Waits for its turn where another listener forwards from the same folder.
    pub(crate) async fn run(mut self, folder: Folder) {
        let Some(_lock) = self.turn(&folder).await else {
            return;
        };
        while !*self.stop.borrow() {
            self.note_all().await;
            self.send_due().await;
            tokio::select! {
                Some(attempt) = self.way.attempts.join_next() => self.settle(attempt),
                () = self.new.notified() => {}
                () = sleep(LOOK_AGAIN) => {}
                () = stopped(&mut self.stop) => {}
            }
        }
        let last = async {
            while let Some(attempt) = self.way.attempts.join_next().await {
                self.settle(attempt);
            }
        };
        let _ = timeout(END_WITHIN, last).await;
        self.note_all().await;
    }

    async fn turn(&mut self, folder: &Folder) -> Option<File> {
        let mut refusals = 0;
        loop {
            let why = match folder.forwarding_lock() {
                Ok(file) => match file.try_lock() {
                    Ok(()) => return Some(file),
                    Err(TryLockError::WouldBlock) => {
                        "another listener forwards from this folder".to_owned()
                    }
                    Err(TryLockError::Error(error)) => error.to_string(),
                },
                Err(error) => error.to_string(),
            };
            refusals += 1;
            // The first can be of a listener that only looks whether somebody forwards.
            if refusals == 2 {
                self.say(format!(
                    "{why}: nothing is forwarded from here until that ends"
                ));
            }
            tokio::select! {
                () = sleep(LOOK_AGAIN) => {}
                () = stopped(&mut self.stop) => return None,
            }
        }
    }

    /// Sends off what is due, as far as there is room; of a target that was not reached, the first alone.
    async fn send_due(&mut self) {
        let (now, now_ms) = (self.clock.unix().get(), self.clock.ms());
        let at_once = if self.way.pause_seconds == 0 {
            AT_ONCE
        } else {
            1
        };
        let room = at_once.saturating_sub(self.way.ids.len());
        if room == 0 || self.way.paused_until_ms.is_some_and(|until| now_ms < until) {
            return;
        }
        let most = self.way.ids.len() + room;
        let due = self
            .store
            .run(Durable::No, move |db| outbox::due(db, now, most))
            .await;
        let due = match due {
            Ok(due) => due,
            Err(why) => return self.say(format!("nothing can be forwarded now: {why}")),
        };
        let new = due
            .into_iter()
            .filter(|waiting| !self.way.ids.contains(&waiting.id));
        for waiting in new.take(room).collect::<Vec<_>>() {
            self.way.ids.insert(waiting.id);
            let target = self.target.clone();
            self.way.attempts.spawn(async move {
                let began = Instant::now();
                let answer = target.post(&waiting).await;
                Attempt {
                    waiting,
                    answer,
                    took: began.elapsed(),
                }
            });
        }
    }

    /// Shows what came of an attempt, and has it noted.
    fn settle(&mut self, attempt: Result<Attempt, JoinError>) {
        let Ok(Attempt {
            waiting,
            answer,
            took,
        }) = attempt
        else {
            return self.say(
                "an attempt to forward ended in a panic; the next start tries it again".to_owned(),
            );
        };
        let now = self.clock.unix().get();
        let is_reached = !matches!(&answer, Err(Trouble::NoAnswer(why)) if why.was_never_sent());
        self.way.pause(is_reached, self.clock.ms());
        let attempts = waiting.attempts.saturating_add(u32::from(is_reached));
        let outcome = match &answer {
            Ok(200..=299) => Attempted::Forwarded,
            _ if !is_reached => Attempted::Again {
                again_in_seconds: self.way.pause_seconds,
            },
            // It will not be readable later either.
            Err(Trouble::Unreadable) => Attempted::GivenUp,
            _ if attempts >= ATTEMPTS => Attempted::GivenUp,
            _ => Attempted::Again {
                again_in_seconds: delay_seconds(attempts),
            },
        };
        let detail = match &answer {
            Ok(200..=299) => String::new(),
            Ok(status) => format!("the target answered {status}"),
            Err(Trouble::NoAnswer(why)) => format!("the target: {why}"),
            Err(Trouble::Unreadable) => {
                "what is saved of it cannot be read: nothing was sent".to_owned()
            }
        };
        let (id, status) = (waiting.id, answer.ok());
        let (state, next) = match outcome {
            Attempted::Forwarded => ("forwarded", now),
            Attempted::Again { again_in_seconds } if is_reached => {
                ("waiting", now.saturating_add(again_in_seconds))
            }
            Attempted::Again { .. } => ("waiting", now),
            Attempted::GivenUp => ("given_up", now),
        };
        self.way.unnoted.push(Note {
            id,
            state,
            attempts,
            since: now,
            next,
            status,
            detail: detail.clone(),
        });
        self.screen.show(Shown::Forwarded(Forwarded {
            at: now,
            id,
            key: waiting.key,
            status,
            elapsed_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            outcome,
            detail,
        }));
    }

    /// Writes down what came of attempts; what cannot be written stays on its way.
    async fn note_all(&mut self) {
        for note in std::mem::take(&mut self.way.unnoted) {
            let written = note.clone();
            let noted = self
                .store
                .run(Durable::No, move |db| outbox::note(db, &written))
                .await;
            match noted {
                Ok(()) => {
                    self.way.ids.remove(&note.id);
                }
                Err(why) => {
                    self.say(format!(
                        "what came of delivery {} cannot be written down yet: {why}",
                        note.id
                    ));
                    self.way.unnoted.push(note);
                }
            }
        }
    }

    fn say(&self, what: String) {
        self.screen.show(Shown::Said(what));
    }
}

impl Way {
    /// Notes whether the target was reached.
    fn pause(&mut self, is_reached: bool, now_ms: u64) {
        if is_reached {
            (self.pause_seconds, self.paused_until_ms) = (0, None);
        } else if self.paused_until_ms.is_none_or(|until| until <= now_ms) {
            // Of several that fail together, one counts.
            self.pause_seconds = (self.pause_seconds * 2).clamp(1, LONGEST_PAUSE_SECONDS);
            self.paused_until_ms =
                Some(now_ms.saturating_add(self.pause_seconds.unsigned_abs() * 1000));
        }
    }
}

/// One that has ended.
#[derive(Debug)]
struct Attempt {
    waiting: Waiting,
    answer: Result<u16, Trouble>,
    took: Duration,
}

/// Why there is no status.
#[derive(Debug)]
enum Trouble {
    NoAnswer(NoAnswer),
    /// Nothing was sent: the database does not hold what was received.
    Unreadable,
}

/// 1 s, and twice as long each time.
fn delay_seconds(attempts: u32) -> i64 {
    let doubled = 1_i64
        .checked_shl(attempts.saturating_sub(1))
        .unwrap_or(i64::MAX);
    doubled.clamp(1, LONGEST_DELAY_SECONDS)
}
