//! The route.

use std::fmt;

use overten_webhook::{
    Answer, Claim, Code, MismatchAnswer, Rejection, SignedHeaders, UnixSeconds, check_request,
    scheme,
};
use worker::{Env, Headers, Request, Response, ResponseBuilder, Result, console_log};

use crate::environment::Configuration;
use crate::log::LogLine;
use crate::settings::SettingError;
use crate::way_on::WayOn;
use crate::{body, clock, outgoing};

/// Takes in Overten's webhooks: mount it in a Worker's own router, or deploy this crate's Worker as it is.
///
/// It reads its settings and bindings from the environment, by the names that the README lists, and keeps what it parsed
/// for as long as the runtime hands over the same environment, which is as long as the isolate lives. The Worker that
/// mounts it re-exports [`Ledger`](crate::Ledger), and binds it as `LEDGER` and a queue as `DELIVERIES`.
///
/// ```no_run
/// use overten_webhook_worker::Receiver;
/// use worker::{Env, Request, Response, Result};
///
/// async fn route(request: Request, env: Env) -> Result<Response> {
///     match request.path().as_str() {
///         "/health" => Response::ok("ok"),
///         _ => Receiver::from_env(&env).receive(request).await,
///     }
/// }
/// ```
pub struct Receiver {
    env: Env,
}

impl fmt::Debug for Receiver {
    /// Without the environment, which holds the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}

impl Receiver {
    /// A receiver with the settings and bindings of this environment. What is wrong with them is answered as
    /// `misconfigured` and logged by name.
    #[must_use]
    pub fn from_env(env: &Env) -> Self {
        Self { env: env.clone() }
    }

    /// Answers one request, whatever its path and method, and logs one line about it.
    ///
    /// A 2xx means that the delivery is in the queue, or was before.
    ///
    /// # Errors
    ///
    /// Only where the runtime refuses to make a response; nothing that is sent can cause it.
    pub async fn receive(&self, request: Request) -> Result<Response> {
        let received_at_ms = clock::now_ms();
        let mut line = LogLine::default();
        let answer = match self.take_in(&request, received_at_ms, &mut line).await {
            Ok(code) => Answer::to(code, MismatchAnswer::default()),
            Err(Refusal { answer, detail }) => {
                line.detail = detail;
                answer
            }
        };
        let elapsed_ms = clock::now_ms().saturating_sub(received_at_ms);
        console_log!("{}", line.render(answer.code(), elapsed_ms));
        respond(answer)
    }

    /// The order of the checks. Nothing is read of the body before the headers are in order, and nothing of what it
    /// says is looked at before it is verified.
    async fn take_in(
        &self,
        request: &Request,
        received_at_ms: i64,
        line: &mut LogLine,
    ) -> Result<Code, Refusal> {
        let configuration = Configuration::of(&self.env);
        let path = configuration.path.as_deref()?;
        check_request(path, &request.inner().method(), &request.path())?;
        let settings = configuration.settings.as_ref()?;
        let way_on = WayOn::of(&self.env)?;
        let refuse = |rejection| Refusal::of(rejection, settings.mismatch);

        if settings.log_raw {
            line.add_raw_headers(request.headers().entries());
        }
        let signature = header(request, scheme::SIGNATURE_HEADER);
        let timestamp = header(request, scheme::TIMESTAMP_HEADER);
        let headers =
            SignedHeaders::from_values(bytes(&signature), bytes(&timestamp)).map_err(refuse)?;

        let body = body::read(request.inner(), settings.verifier.max_body_bytes())
            .await
            .map_err(Refusal::unavailable)?;
        line.add_body(&body, settings.log_raw);
        let now = UnixSeconds::from_milliseconds(received_at_ms);
        let verified = settings.verifier.verify(&headers, body.as_slice(), now);
        line.add_verdict(&verified);
        let delivery = verified.map_err(refuse)?;

        let event = delivery.event();
        line.add_event(&event);
        let parcel = outgoing::pack(&delivery, event.as_ref().ok(), settings, received_at_ms);
        let claim = way_on.hand_on(parcel).await.map_err(Refusal::unavailable)?;
        Ok(match claim {
            Claim::New if event.is_err() => Code::Quarantined,
            Claim::New => Code::Accepted,
            Claim::Duplicate => Code::Duplicate,
            Claim::InFlight => Code::InFlight,
        })
    }
}

/// An answer that is not a claim's, and what the log says of it.
struct Refusal {
    answer: Answer,
    detail: Option<String>,
}

impl Refusal {
    fn new(code: Code, detail: impl ToString) -> Self {
        Self {
            answer: Answer::to(code, MismatchAnswer::default()),
            detail: Some(detail.to_string()),
        }
    }

    fn of(rejection: Rejection, mismatch: MismatchAnswer) -> Self {
        let mut detail = rejection.to_string();
        if let Rejection::BodyTooLarge { .. } = rejection {
            detail.push_str(" (the variable MAX_BODY_BYTES)");
        }
        Self {
            answer: Answer::to(rejection.code(), mismatch),
            detail: Some(detail),
        }
    }

    fn unavailable(error: impl ToString) -> Self {
        Self::new(Code::Unavailable, error)
    }
}

/// A request that is not for this receiver: there is nothing more to say of it.
impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self {
            answer: Answer::to(code, MismatchAnswer::default()),
            detail: None,
        }
    }
}

impl From<&SettingError> for Refusal {
    fn from(error: &SettingError) -> Self {
        Self::new(Code::Misconfigured, error)
    }
}

impl From<SettingError> for Refusal {
    fn from(error: SettingError) -> Self {
        Self::from(&error)
    }
}

/// One text, repeats joined by commas: the runtime hands over no other form.
fn header(request: &Request, name: &str) -> Option<String> {
    request.headers().get(name).ok().flatten()
}

fn bytes(value: &Option<String>) -> Option<&[u8]> {
    value.as_deref().map(str::as_bytes)
}

fn respond(answer: Answer) -> Result<Response> {
    let headers = Headers::new();
    for (name, value) in answer.headers() {
        headers.set(name, value)?;
    }
    let response = ResponseBuilder::new()
        .with_status(answer.status())
        .with_headers(headers);
    Ok(response.fixed(answer.body().as_bytes().to_vec()))
}
