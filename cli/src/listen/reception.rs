//! One request from its head to its log line: does what core asks for, step by step, and says what came of it.

use std::sync::Arc;

use http_body_util::BodyExt as _;
use hyper::Request;
use hyper::body::{Bytes, Incoming};
use overten_webhook::{
    Answer, Asked, Claim, Code, Ending, Event, IdempotencyKey, Level, Named, Outcome, Receiver,
    SignedHeaders, Step,
};
use tokio::sync::oneshot;
use tokio::time::timeout_at;

use super::clock::Clock;
use super::ledger::Claimant;
use super::saved::{Known, Received, is_stale};

/// What receives: core's receiver, the clocks, and what does the steps.
#[derive(Debug)]
pub(crate) struct Desk<S> {
    pub(crate) receiver: Arc<Receiver>,
    pub(crate) clock: Clock,
    pub(crate) shell: S,
}

/// What core asks of a store and of a user's functions.
pub(crate) trait Shell: Send + Sync + 'static {
    fn claim(&self, claimant: &Claimant) -> impl Future<Output = Result<Claim, String>> + Send;

    /// Keeps what is handed on (`accepted`) or set aside (`quarantined`), durably; gives the number that it is kept under.
    fn keep(&self, taken: Taken) -> impl Future<Output = Result<i64, String>> + Send;

    /// False where the claim was somebody else's by then.
    fn commit(&self, claimant: &Claimant) -> impl Future<Output = Result<bool, String>> + Send;

    fn release(&self, claimant: &Claimant) -> impl Future<Output = Result<(), String>> + Send;

    /// Hears what a request came to. It must not wait.
    fn ended(&self, ended: Ended);

    /// Hears why what came over a connection is no HTTP request, which the server refused by itself. It must not wait.
    fn unreadable(&self, why: String);
}

/// An authentic delivery that is to be kept.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) received: Received,
    pub(crate) known: Known,
    pub(crate) code: Code,
}

/// What a request came to; twice of one that was answered before its end.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Core's log line.
    pub(crate) line: String,
    pub(crate) level: Level,
    pub(crate) code: Code,
    /// None where it was answered before.
    pub(crate) status: Option<u16>,
    /// What it is kept under, where it was handed on or set aside.
    pub(crate) id: Option<i64>,
    pub(crate) known: Known,
    /// None where its end is still to come.
    pub(crate) received: Option<Received>,
    /// What nobody has read of the body.
    pub(crate) rest: Option<Incoming>,
}

impl<S: Shell> Desk<S> {
    /// Takes one request to its very end, whether or not its sender is still there; sends the answer as soon as there is one.
    pub(crate) async fn receive(
        self: Arc<Self>,
        request: Request<Incoming>,
        reply: oneshot::Sender<Answer>,
    ) {
        let started_at_ms = self.clock.ms();
        let (head, mut body) = request.into_parts();
        let target = head.uri.to_string();
        let mut reception = Reception {
            desk: &*self,
            reply: Some(reply),
            received: Received {
                at: self.clock.unix(),
                method: head.method.as_str().to_owned(),
                target: target.clone(),
                headers: head.headers.clone(),
                body: Bytes::new(),
            },
            known: Known::default(),
            id: None,
            whys: Vec::new(),
        };
        let request = overten_webhook::Request {
            method: head.method.as_str().as_bytes(),
            target: target.as_bytes(),
        };
        let reading = match self.receiver.begin(request, &head.headers, started_at_ms) {
            Ok(reading) => reading,
            Err(ending) => return reception.end(&ending, None, Some(body)),
        };
        let answer_by = self.clock.at_ms(reading.answer_by_ms());
        let read = read_at_most(
            &mut body,
            reading.max_body_bytes(),
            &mut reception.received.body,
        );
        match timeout_at(answer_by, read).await {
            Ok(Ok(())) => {}
            Ok(Err(why)) => {
                reception.whys.push(why);
                return reception.end(&reading.broken_off(), None, None);
            }
            Err(_) => return reception.end(&reading.late(), None, None),
        }
        match reading.whole(
            &self.receiver,
            reception.received.body.clone(),
            self.clock.unix(),
        ) {
            Ok(received) => {
                let secret = received.delivery.verdict().secret_index();
                let event = received.event.ok();
                reception.known = self.known(&received.key, event.as_ref(), secret);
                reception
                    .run(Step::Claim(received.claiming), event.as_ref())
                    .await;
            }
            Err(ending) => {
                if is_stale(reception.ended(&ending, None).code) {
                    let known = self.known_of_stale(&reception.received);
                    reception.known = known.unwrap_or_default();
                }
                reception.end(&ending, None, Some(body));
            }
        }
    }

    fn known(&self, key: &IdempotencyKey, event: Option<&Event<Bytes>>, secret: usize) -> Known {
        Known {
            key: Some(key.as_str().to_owned()),
            event: event.map(|event| event.name().to_owned()),
            run_id: event.map(|event| event.run_id().to_owned()),
            secret: self.label(secret),
        }
    }

    /// Of what was authentic when it was signed: by its key is seen whether it was taken in at another time.
    fn known_of_stale(&self, received: &Received) -> Option<Known> {
        let headers = SignedHeaders::from_pairs(pairs(received)).ok()?;
        let verifier = self.receiver.verifier()?;
        let delivery = verifier
            .verify(&headers, received.body.clone(), headers.timestamp())
            .ok()?;
        let secret = delivery.verdict().secret_index();
        Some(match delivery.into_event() {
            Ok(event) => {
                let key = event.idempotency_key(self.receiver.scope());
                self.known(&key, Some(&event), secret)
            }
            Err((delivery, _)) => self.known(&delivery.body_key(), None, secret),
        })
    }

    fn label(&self, secret_index: usize) -> Option<String> {
        let mut secrets = self.receiver.verifier()?.secrets().iter();
        secrets
            .nth(secret_index)
            .map(|secret| secret.label().as_str().to_owned())
    }
}

fn pairs(received: &Received) -> impl Iterator<Item = (&[u8], &[u8])> {
    let headers = received.headers.iter();
    headers.map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()))
}

/// A request on its way.
struct Reception<'a, S> {
    desk: &'a Desk<S>,
    /// None once it is answered.
    reply: Option<oneshot::Sender<Answer>>,
    received: Received,
    known: Known,
    id: Option<i64>,
    /// In words, each failure that core was told of.
    whys: Vec<String>,
}

impl<S: Shell> Reception<'_, S> {
    async fn run(&mut self, mut step: Step, event: Option<&Event<Bytes>>) {
        let clock = &self.desk.clock;
        let mut claimant = Claimant::new(
            self.known.key.clone().unwrap_or_default(),
            clock.unix(),
            &self.desk.receiver,
        );
        loop {
            if let Step::Answer(ending) = step {
                return self.end(&ending, event, None);
            }
            claimant.now = clock.unix();
            let asked_at_ms = clock.ms();
            let doing = do_step(
                self.desk,
                step.asked(),
                &claimant,
                &self.received,
                &self.known,
            );
            tokio::pin!(doing);
            let done = match step.answer_by_ms() {
                None => doing.await,
                Some(by) => match timeout_at(clock.at_ms(by), &mut doing).await {
                    Ok(done) => done,
                    Err(_) => {
                        let (meanwhile, same) = step.late();
                        step = same;
                        if let Some(ending) = meanwhile {
                            self.desk.shell.ended(self.ended(&ending, event));
                            answer(&mut self.reply, &ending, self.desk);
                        }
                        doing.await
                    }
                },
            };
            self.id = done.id.or(self.id);
            self.whys.extend(done.why);
            step = match step.advance(done.outcome, asked_at_ms, clock.ms()) {
                Ok(next) => next,
                // `do_step` gives no such outcome; the sender is told `unavailable` all the same.
                Err(_) => return,
            };
        }
    }
}

impl<S: Shell> Reception<'_, S> {
    fn end(&mut self, ending: &Ending, event: Option<&Event<Bytes>>, rest: Option<Incoming>) {
        let ended = Ended {
            received: Some(self.received.clone()),
            rest,
            ..self.ended(ending, event)
        };
        answer(&mut self.reply, ending, self.desk);
        self.desk.shell.ended(ended);
    }

    fn ended(&self, ending: &Ending, event: Option<&Event<Bytes>>) -> Ended {
        let receiver = &self.desk.receiver;
        let whys: Vec<&[u8]> = self.whys.iter().map(String::as_bytes).collect();
        let record = ending.record(
            receiver,
            event.map(Named::from),
            &whys,
            self.desk.clock.ms(),
        );
        Ended {
            line: record.to_string(),
            level: record.level(),
            code: record.code(),
            status: ending.answer(receiver).map(Answer::status),
            id: self.id,
            known: self.known.clone(),
            received: None,
            rest: None,
        }
    }
}

/// Answers, unless that was done.
fn answer<S>(reply: &mut Option<oneshot::Sender<Answer>>, ending: &Ending, desk: &Desk<S>) {
    if let (Some(answer), Some(reply)) = (ending.answer(&desk.receiver), reply.take()) {
        // The sender may be gone.
        let _ = reply.send(answer);
    }
}

/// What came of a step, and in words why it failed.
struct Done {
    outcome: Outcome,
    why: Option<String>,
    id: Option<i64>,
}

async fn do_step<S: Shell>(
    desk: &Desk<S>,
    asked: Asked,
    claimant: &Claimant,
    received: &Received,
    known: &Known,
) -> Done {
    let keep = |code| {
        let (received, known) = (received.clone(), known.clone());
        desk.shell.keep(Taken {
            received,
            known,
            code,
        })
    };
    let (mut id, shell) = (None, &desk.shell);
    let outcome = match asked {
        Asked::Claim => shell.claim(claimant).await.map(|claim| match claim {
            Claim::New => Outcome::New,
            Claim::Duplicate => Outcome::Duplicate,
            Claim::InFlight => Outcome::InFlight,
        }),
        Asked::HandOn | Asked::SetAside => {
            let code = if asked == Asked::HandOn {
                Code::Accepted
            } else {
                Code::Quarantined
            };
            keep(code).await.map(|kept| {
                id = Some(kept);
                Outcome::Done
            })
        }
        Asked::Commit => shell.commit(claimant).await.map(|held| match held {
            true => Outcome::Done,
            false => Outcome::ClaimLost,
        }),
        _ => shell.release(claimant).await.map(|()| Outcome::Done),
    };
    match outcome {
        Ok(outcome) => Done {
            outcome,
            why: None,
            id,
        },
        Err(why) => Done {
            outcome: Outcome::Failed,
            why: Some(why),
            id,
        },
    }
}

/// Reads the body into `read`, and at most one byte more of it than the limit; else says why it broke off.
pub(super) async fn read_at_most(
    body: &mut Incoming,
    most_bytes: u64,
    read: &mut Bytes,
) -> Result<(), String> {
    let most = usize::try_from(most_bytes.saturating_add(1)).unwrap_or(usize::MAX);
    let mut gathered = Vec::new();
    let outcome = loop {
        let data = match body.frame().await {
            None => break Ok(()),
            Some(Err(error)) => break Err(error.to_string()),
            Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
        };
        let room = most - gathered.len();
        gathered.extend_from_slice(data.get(..room).unwrap_or(&data));
        if data.len() >= room {
            break Ok(());
        }
    };
    *read = gathered.into();
    outcome
}
