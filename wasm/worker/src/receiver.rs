//! The route.

mod claims;
mod environment;
mod exchange;
mod ledger;
mod outgoing;
mod settings;
mod steps;
mod store;
mod tables;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use js_sys::Array;
use overten_webhook::{
    Answer, Ending, Named, RawLog, Received, Request as Head, Step, UnixSeconds, scheme,
};
use wasm_bindgen::JsValue;
use worker::{Context, Env, Request, Response, Result};

use crate::js::{self, Deadline, Kept, clock_ms};
use environment::Configuration;
pub use environment::{DELIVERIES, LEDGER};
pub use ledger::Ledger;
pub use outgoing::LONGEST_STORED_TEXT;
use outgoing::Outgoing;
pub use settings::{DEFAULT_PATH, LARGEST_MAX_BODY_BYTES, MAX_BODY_BYTES_WITHOUT_LEDGER};
use steps::Done;
pub use tables::STORED_BODY_SECONDS;

/// Takes in Overten's webhooks: mount it in a Worker's own router, or deploy this crate's Worker as it is.
///
/// It reads its settings and bindings from the environment, by the names that the README lists, and keeps what it parsed
/// for as long as the runtime hands over the same environment, which is as long as the isolate lives. The Worker that
/// mounts it re-exports [`Ledger`](crate::Ledger), and binds it as `LEDGER` and a queue as `DELIVERIES`.
///
/// ```no_run
/// use overten_webhook_worker::Receiver;
/// use worker::{Context, Env, Method, Request, Response, Result};
///
/// async fn route(request: Request, env: Env, context: Context) -> Result<Response> {
///     match (request.method(), request.path().as_str()) {
///         (Method::Get, "/health") => Response::ok("ok"),
///         _ => Receiver::from_env(&env).receive(request, &context).await,
///     }
/// }
/// ```
pub struct Receiver {
    configuration: Rc<Configuration>,
}

impl fmt::Debug for Receiver {
    /// Without the environment, which holds the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}

impl Receiver {
    /// A receiver with the settings and bindings of this environment. What is wrong with them is answered as
    /// `misconfigured` and logged by name. The first one of an isolate logs a line: the secrets it has loaded, by label
    /// and fingerprint, and the settings in force.
    #[must_use]
    pub fn from_env(env: &Env) -> Self {
        Self {
            configuration: Configuration::of(env),
        }
    }

    /// What is wrong with the settings or bindings; `None` where nothing is. A health check that anybody can ask says that
    /// something is wrong, not what.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        self.configuration.receiver.problem()
    }

    /// When each secret last made the signature of an authentic delivery, as label and Unix seconds; `None` for never since
    /// this isolate began. Other isolates have counts of their own: a rotation is over when the log's `secret` says so.
    pub fn last_matched(&self) -> impl Iterator<Item = (String, Option<i64>)> {
        let matched = self.configuration.receiver.last_matched();
        matched.map(|(label, at)| (label.to_string(), at.map(UnixSeconds::get)))
    }

    /// Answers one request, whatever its path and method, and logs one line about it.
    ///
    /// A 2xx means that the delivery is in the queue, or was before. What is not done within 10 s is answered as not done;
    /// it goes on for as long as `context` allows, and a second line says what came of it. So does what is going on when the
    /// sender hangs up.
    ///
    /// # Errors
    ///
    /// Only where the runtime refuses to make a response; nothing that is sent can cause it.
    pub async fn receive(&self, request: Request, context: &Context) -> Result<Response> {
        let request = Clone::clone(request.inner());
        Ok(self.answer(request, context).await?.into())
    }

    /// The same, as the platform has them.
    pub(crate) async fn answer(
        &self,
        request: web_sys::Request,
        context: &Context,
    ) -> js::Result<web_sys::Response> {
        let kept = Kept::by(context.as_ref())?;
        let meanwhile = Rc::new(Cell::new(None));
        let reception = Reception {
            configuration: Rc::clone(&self.configuration),
            request,
            arrived_at_ms: js::now_ms(),
            meanwhile: Rc::clone(&meanwhile),
        };
        let mut receiving = Box::pin(async move { reception.run().await });
        let (answer, is_done) = poll_fn(|polled| match receiving.as_mut().poll(polled) {
            Poll::Ready(answer) => Poll::Ready((answer.or_else(|| meanwhile.take()), true)),
            Poll::Pending => match meanwhile.take() {
                Some(answer) => Poll::Ready((Some(answer), false)),
                None => Poll::Pending,
            },
        })
        .await;
        if !is_done {
            context.wait_until(async move {
                receiving.await;
            });
        }
        kept.end();
        respond(answer.ok_or("nothing was answered")?)
    }
}

/// One request.
struct Reception {
    configuration: Rc<Configuration>,
    request: web_sys::Request,
    arrived_at_ms: i64,
    /// Where the answer goes that is given while the work goes on.
    meanwhile: Rc<Cell<Option<Answer>>>,
}

impl Reception {
    /// What to answer; `None` where that went to `meanwhile`.
    async fn run(&self) -> Option<Answer> {
        let receiver = &self.configuration.receiver;
        let text = LOOKED_AT.with(|names| js::head(&self.request, names));
        let (lines, address) = text.split_once("\n\n").unwrap_or_default();
        let mut lines = lines.split('\n');
        let method = lines.next().unwrap_or_default();
        let head = Head {
            method: method.as_bytes(),
            target: address.as_bytes(),
        };
        let headers = lines.filter_map(|line| line.split_once(": "));
        let began_at_ms = js::measured(self.arrived_at_ms);
        let reading = match receiver.begin(head, headers, began_at_ms) {
            Ok(reading) => reading,
            Err(ending) => return self.end(&ending, None, &[], None),
        };
        let mut deadline = Deadline::after(reading.answer_by_ms().saturating_sub(began_at_ms));
        let limit = usize::try_from(reading.max_body_bytes()).unwrap_or(usize::MAX);
        let reader = pin!(js::body(&self.request, limit));
        let body = match deadline.before(reader).await {
            Some(Ok(body)) => body.to_vec(),
            Some(Err(why)) => {
                let why = String::from(why).into_bytes();
                return self.end(&reading.broken_off(), None, &[why], None);
            }
            None => return self.end(&reading.late(), None, &[], None),
        };
        let now = UnixSeconds::from_milliseconds(self.arrived_at_ms);
        match reading.whole(receiver, body.as_slice(), now) {
            Ok(received) => self.take(received, deadline).await,
            Err(ending) => self.end(&ending, None, &[], Some(&body)),
        }
    }

    /// Has the steps taken that follow once a delivery is authentic and fresh.
    async fn take(&self, received: Received<&[u8]>, mut deadline: Deadline) -> Option<Answer> {
        let Received {
            claiming,
            key,
            delivery,
            event,
        } = received;
        let store = self.configuration.store.as_ref()?;
        let event = event.as_ref().ok();
        let (named, body) = (event.map(Named::from), Some(delivery.body()));
        let outgoing = Outgoing::of(&delivery, event, key, self.arrived_at_ms);
        let claim = Step::Claim(claiming);
        let handling = store.handle(&outgoing, claim.to_plain());
        let mut work = pin!(handling.run(claim));
        if let Some(Done { ending, whys }) = deadline.before(work.as_mut()).await {
            return self.end(&ending, named, &whys, body);
        }
        let late = handling.step().await.and_then(|step| step.late().0);
        if let Some(ending) = &late {
            self.meanwhile.set(self.end(ending, named, &[], body));
        }
        let Done { mut ending, whys } = work.await;
        if let Some(late) = &late {
            ending = ending.answered_meanwhile(late);
        }
        self.end(&ending, named, &whys, body)
    }

    /// Writes the log line, and says what to answer.
    fn end(
        &self,
        ending: &Ending,
        named: Option<Named<'_>>,
        whys: &[Vec<u8>],
        body: Option<&[u8]>,
    ) -> Option<Answer> {
        let receiver = &self.configuration.receiver;
        let whys: Vec<&[u8]> = whys.iter().map(Vec::as_slice).collect();
        js::log(
            &ending
                .record(receiver, named, &whys, clock_ms())
                .to_string(),
        );
        if receiver.raw_log() != RawLog::Off {
            let lines = js::headers(&self.request);
            let headers = lines.split('\n').filter_map(|line| line.split_once(": "));
            if let Some(line) = ending.raw_line(receiver, headers, body, clock_ms()) {
                js::log(&line);
            }
        }
        ending.answer(receiver)
    }
}

thread_local! {
    /// The headers that the core looks at, as JavaScript has them.
    static LOOKED_AT: Array = [
        scheme::SIGNATURE_HEADER,
        scheme::TIMESTAMP_HEADER,
        scheme::EVENT_HEADER,
        "Content-Length",
    ]
    .map(JsValue::from_str)
    .iter()
    .collect();

    /// The answers that were given so far, of which there are as many as codes: made once, given often.
    static ANSWERS: RefCell<Vec<(Answer, js::Answer)>> = const { RefCell::new(Vec::new()) };
}

fn respond(answer: Answer) -> js::Result<web_sys::Response> {
    ANSWERS.with_borrow_mut(|given| {
        if let Some((_, made)) = given.iter().find(|(same, _)| *same == answer) {
            return made.response();
        }
        let made = js::Answer::new(answer.status(), answer.headers(), answer.body());
        let response = made.response();
        given.push((answer, made));
        response
    })
}
