//! The scenarios of `tests/vectors/receiving.json` through this shell: over HTTP, in a time of their own, with a store that says
//! what they say.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use overten_webhook::{Claim, Code, UnixSeconds};
use rusqlite::Connection;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::task::TaskTracker;

use super::clock::Clock;
use super::database;
use super::ledger::{self, Claimant};
use super::reception::{Desk, Ended, Shell, Taken};
use super::server::serve_connection;

#[path = "../../../core/tests/common/scenarios.rs"]
mod file;
#[path = "../../../core/tests/common/files.rs"]
mod files;

use file::{Expect, LATE_STEP_MS, Received, Said, Scenario, scenarios};

#[tokio::test(start_paused = true)]
async fn receives_every_scenario_as_it_says() {
    let file = scenarios();
    let mut unsayable = BTreeMap::new();
    let (mut ran, mut failures) = (0, Vec::new());
    for scenario in &file.scenarios {
        if let Some(why) = scenario.requests.iter().find_map(cannot_be_said) {
            *unsayable.entry(why).or_insert(0) += 1;
        } else {
            ran += 1;
            failures.extend(differences(scenario).await);
        }
    }
    println!("{ran} scenarios; not over HTTP: {unsayable:#?}");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(ran + unsayable.values().sum::<usize>(), file.count);
    if std::env::var_os("OVERTEN_RECEIVING_VECTORS").is_none() {
        assert_eq!(ran, 433, "so many are run");
    }
}

#[tokio::test(start_paused = true)]
async fn notices_a_flipped_scenario() {
    let file = scenarios();
    let mut all = file.scenarios.into_iter();
    let mut scenario = all.find(|it| it.id == "accept/completed").unwrap();
    assert_eq!(differences(&scenario).await, [""; 0]);
    scenario.requests[0].hand_on = Said::Failed("flipped".into());
    assert!(!differences(&scenario).await.is_empty());
    scenario.requests[0].hand_on = Said::Done;
    scenario.requests[0].expect.lines[0].0.reverse();
    assert!(
        !differences(&scenario).await.is_empty(),
        "fields in another order"
    );
}

#[tokio::test(start_paused = true)]
async fn does_not_wait_for_who_reads_no_answer() {
    let scenario = scenarios().scenarios.remove(0);
    let desk = Desk {
        receiver: Arc::new(scenario.settings.receiver()),
        clock: Clock::new(|| UnixSeconds::new(0)),
        shell: Script {
            request: scenario.requests[0].clone(),
            ledger: None,
            seen: Arc::default(),
        },
    };
    // So little room that an answer does not fit.
    let (mut client, server) = tokio::io::duplex(16);
    let (_stop, stopped) = watch::channel(false);
    let serving = tokio::spawn(serve_connection(
        Arc::new(desk),
        TokioIo::new(server),
        stopped,
        watch::channel(false).1,
        TaskTracker::new(),
    ));
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n")
        .await
        .unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(120), serving).await;
    assert!(ended.is_ok(), "it waits for good");
}

/// Why a server like this one never gets to see it, or its functions never say it.
fn cannot_be_said(request: &Received) -> Option<&'static str> {
    let lengths: Vec<_> = request
        .headers
        .iter()
        .filter(|header| header.name.eq_ignore_ascii_case("Content-Length"))
        .map(|header| String::from_utf8_lossy(&header.value()).trim().to_owned())
        .collect();
    let is_field = |value: &[u8]| http::HeaderValue::from_bytes(value.trim_ascii()).is_ok();
    let is_for_good = matches!(request.hand_on, Said::FailedForGood(_));
    if request
        .headers
        .iter()
        .any(|header| http::HeaderName::from_bytes(header.name.as_bytes()).is_err())
    {
        Some("a header's name is no token")
    } else if request
        .headers
        .iter()
        .any(|header| !is_field(&header.value()))
    {
        Some("a header's value holds a control character")
    } else if request.target.parse::<http::Uri>().is_err() || request.target.contains('#') {
        Some("the server takes no such target")
    } else if request.read.is_some() {
        Some("why a body broke off is in the server's own words")
    } else if lengths
        .iter()
        .any(|length| *length != request.body().len().to_string())
        || lengths.len() > 1
    {
        Some("the server ends the body at its Content-Length")
    } else if is_for_good {
        Some("this shell never fails for good")
    } else {
        None
    }
}

/// What came out otherwise than the scenario says.
async fn differences(scenario: &Scenario) -> Vec<String> {
    let ledger = Connection::open_in_memory().unwrap();
    ledger.execute_batch(database::SCHEMA).unwrap();
    let ledger = Arc::new(Mutex::new(ledger));
    let receiver = Arc::new(scenario.settings.receiver());
    let mut found = Vec::new();
    for (index, request) in scenario.requests.iter().enumerate() {
        let script = Script {
            request: request.clone(),
            ledger: (!scenario.scripted_store).then(|| Arc::clone(&ledger)),
            seen: Arc::default(),
        };
        let seen = Arc::clone(&script.seen);
        let at = UnixSeconds::new(request.at);
        let desk = Desk {
            receiver: Arc::clone(&receiver),
            clock: Clock::new(move || at),
            shell: script,
        };
        let mut reply = exchange(Arc::new(desk), request).await;
        let mut seen = std::mem::take(&mut *seen.lock().unwrap());
        // To read is the server's to do, and nobody sees it.
        reply.steps = seen.expect.steps.clone();
        let mut expected = request.expect.clone();
        expected.steps.retain(|step| step != "read_body");
        let got = Expect {
            status: reply.status,
            headers: reply.headers,
            body: reply.body,
            ..std::mem::take(&mut seen.expect)
        };
        if got != expected {
            found.push(format!(
                "{}, request {index}:\nexpected {expected:#?}\ngot {got:#?}",
                scenario.id
            ));
        }
        found.extend(
            seen.faults
                .into_iter()
                .map(|fault| format!("{}, request {index}: {fault}", scenario.id)),
        );
    }
    found
}

/// Sends the request over a connection in memory, and waits until all about it has ended.
async fn exchange(desk: Arc<Desk<Script>>, request: &Received) -> Expect {
    let (client, server) = tokio::io::duplex(4 * 1024 * 1024);
    let at_work = TaskTracker::new();
    let (_stop, stopped) = watch::channel(false);
    let serving = tokio::spawn(serve_connection(
        desk,
        TokioIo::new(server),
        stopped,
        watch::channel(false).1,
        at_work.clone(),
    ));
    let reply = speak(client, request).await;
    serving.await.unwrap();
    at_work.close();
    at_work.wait().await;
    reply
}

async fn speak(mut client: DuplexStream, request: &Received) -> Expect {
    let body = request.body();
    let has_length = request
        .headers
        .iter()
        .any(|header| header.name.eq_ignore_ascii_case("Content-Length"));
    let mut head = format!(
        "{} {} HTTP/1.1\r\nHost: example.com\r\n",
        request.method, request.target
    )
    .into_bytes();
    for header in &request.headers {
        head.extend(header.name.as_bytes());
        head.extend(b": ");
        head.extend(header.value());
        head.extend(b"\r\n");
    }
    let is_chunked = !has_length && (!body.is_empty() || request.is_late("read_body"));
    if is_chunked {
        head.extend(b"Transfer-Encoding: chunked\r\n");
    }
    head.extend(b"\r\n");
    client.write_all(&head).await.unwrap();
    if !request.is_late("read_body") {
        if is_chunked {
            client
                .write_all(format!("{:x}\r\n", body.len()).as_bytes())
                .await
                .unwrap();
        }
        client.write_all(&body).await.unwrap();
        if is_chunked {
            client.write_all(b"\r\n0\r\n\r\n").await.unwrap();
        }
    }
    read_reply(client, request.method == "HEAD").await
}

async fn read_reply(mut client: DuplexStream, is_to_head: bool) -> Expect {
    let (mut read, mut reply) = (Vec::new(), Expect::default());
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 16];
        let mut parsed = httparse::Response::new(&mut headers);
        if let Ok(httparse::Status::Complete(length)) = parsed.parse(&read) {
            reply.status = parsed.code.unwrap();
            let text = |value| String::from_utf8_lossy(value).into_owned();
            let mut fields: BTreeMap<_, _> = parsed
                .headers
                .iter()
                .map(|it| (it.name.to_owned(), text(it.value)))
                .collect();
            let length_of_body = fields
                .remove("content-length")
                .map_or(0, |text| text.parse().unwrap());
            let body = &read[length..];
            if is_to_head || body.len() >= length_of_body {
                reply.body = text(body);
                for name in ["Content-Type", "Retry-After", "Allow"] {
                    if let Some(value) = fields.remove(&name.to_lowercase()) {
                        reply.headers.insert(name.to_owned(), value);
                    }
                }
                return reply;
            }
        }
        let got = client.read_buf(&mut read).await.unwrap();
        assert!(
            got > 0,
            "no answer, but {:?}",
            String::from_utf8_lossy(&read)
        );
    }
}

/// Plays the store and notes what it is asked.
struct Script {
    request: Received,
    /// A real one, where the scenario leaves it to that.
    ledger: Option<Arc<Mutex<Connection>>>,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    expect: Expect,
    faults: Vec<String>,
}

impl Script {
    /// Lets the step's time pass, and says what comes of it.
    async fn step(&self, name: &str, said: &Said) -> Result<(), String> {
        self.seen.lock().unwrap().expect.steps.push(name.to_owned());
        let takes_ms = match name {
            "hand_on" if self.request.handler_ms > 0 => self.request.handler_ms,
            _ if self.request.is_late(name) => LATE_STEP_MS,
            _ => 0,
        };
        if takes_ms > 0 {
            sleep(Duration::from_millis(takes_ms)).await;
        }
        match said {
            Said::Failed(why) => Err(why.clone()),
            _ => Ok(()),
        }
    }

    fn with_ledger<T: Default>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> T {
        let ledger = self.ledger.as_ref();
        ledger
            .map(|db| work(&db.lock().unwrap()).unwrap())
            .unwrap_or_default()
    }
}

impl Shell for Script {
    async fn claim(&self, claimant: &Claimant) -> Result<Claim, String> {
        self.seen.lock().unwrap().expect.key = Some(claimant.key.clone());
        let said = self
            .request
            .claim
            .as_ref()
            .expect("the store is not to be asked");
        self.step("claim", said).await?;
        if self.request.waited_ms > 0 {
            sleep(Duration::from_millis(self.request.waited_ms)).await;
        }
        let claim = said.claim().unwrap();
        let real = self.with_ledger(|db| ledger::claim(db, claimant).map(Some));
        if real.is_some_and(|real| real != claim) {
            self.seen
                .lock()
                .unwrap()
                .faults
                .push(format!("a real store says {real:?}"));
        }
        Ok(claim)
    }

    async fn keep(&self, taken: Taken) -> Result<i64, String> {
        let (name, said) = match taken.code {
            Code::Accepted => ("hand_on", &self.request.hand_on),
            _ => ("set_aside", &self.request.set_aside),
        };
        {
            let mut seen = self.seen.lock().unwrap();
            match name {
                "hand_on" => seen.expect.handed_on = true,
                _ => seen.expect.set_aside = Some("unreadable".to_owned()),
            }
            if taken.received.body != self.request.body() {
                seen.faults
                    .push("another body is kept than was sent".to_owned());
            }
        }
        self.step(name, said).await.map(|()| 1)
    }

    async fn commit(&self, claimant: &Claimant) -> Result<bool, String> {
        self.step("commit", &self.request.commit).await?;
        self.with_ledger(|db| ledger::commit(db, claimant));
        Ok(!matches!(self.request.commit, Said::ClaimLost))
    }

    async fn release(&self, claimant: &Claimant) -> Result<(), String> {
        self.step("release", &self.request.release).await?;
        self.with_ledger(|db| ledger::release(db, claimant));
        Ok(())
    }

    fn unreadable(&self, why: String) {
        panic!("the requests can be read: {why}");
    }

    fn ended(&self, ended: Ended) {
        let mut seen = self.seen.lock().unwrap();
        assert!(!ended.line.contains(char::is_control), "{:?}", ended.line);
        let mut line: file::Line = serde_json::from_str(&ended.line).unwrap();
        line.remove("elapsed_ms");
        if ended.status.is_some() {
            seen.expect.code = ended.code.as_str().to_owned();
        }
        seen.expect.lines.push(line);
    }
}
