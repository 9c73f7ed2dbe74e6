//! What the stand-in knows: its organisation, its subscriptions, and what it has under way.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use overten_webhook::Secrets;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use zeroize::Zeroizing;

use crate::api::Authorization;
use crate::failure::{Failure, Status};
use crate::making::{Signer, random_hex};
use crate::output::print_line;
use crate::overten::Subscription;
use crate::retries::Retries;

/// More than any test needs; what is past it is refused, so that memory stays flat.
const MOST_SUBSCRIPTIONS: usize = 1000;
const MOST_UNDER_WAY: usize = 10_000;

pub(super) struct Settings<'a> {
    pub(super) authorization: Option<Authorization>,
    pub(super) organisation_secret: Option<&'a Path>,
    pub(super) retries: Retries,
    pub(super) reuse_timestamp: bool,
    pub(super) time_out: Duration,
    pub(super) json: bool,
}

pub(super) struct Simulator {
    authorization: Option<Authorization>,
    pub(super) organisation_secret: Zeroizing<String>,
    pub(super) organisation: Arc<Signer>,
    subscriptions: Mutex<Vec<Held>>,
    pub(super) retries: Retries,
    pub(super) reuse_timestamp: bool,
    pub(super) time_out: Duration,
    json: bool,
    down_until: Mutex<Instant>,
    under_way: tokio::sync::Mutex<JoinSet<()>>,
    is_ending: watch::Sender<bool>,
    mark: String,
    made: AtomicU64,
}

/// A subscription and what signs its deliveries.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) subscription: Subscription,
    pub(super) signer: Arc<Signer>,
}

impl Simulator {
    pub(super) fn new(settings: Settings<'_>) -> Result<Self, Failure> {
        let organisation_secret = match settings.organisation_secret {
            Some(path) => Zeroizing::new(std::fs::read_to_string(path).map_err(|error| {
                Failure::new(
                    format_args!("{} cannot be read: {error}", path.display()),
                    "name a file that this user may read",
                )
            })?),
            None => new_secret(),
        };
        let organisation_secret = Zeroizing::new(organisation_secret.trim().to_owned());
        Ok(Self {
            authorization: settings.authorization,
            organisation: Arc::new(signer("organisation", &organisation_secret)?),
            organisation_secret,
            subscriptions: Mutex::default(),
            retries: settings.retries,
            reuse_timestamp: settings.reuse_timestamp,
            time_out: settings.time_out,
            json: settings.json,
            down_until: Mutex::new(Instant::now()),
            under_way: tokio::sync::Mutex::default(),
            is_ending: watch::Sender::new(false),
            mark: random_hex::<4>(),
            made: AtomicU64::new(0),
        })
    }

    /// Whether a call carries the header that is configured; any call does where none is.
    pub(super) fn is_authorised(&self, headers: &::http::HeaderMap) -> bool {
        let Some(wanted) = &self.authorization else {
            return true;
        };
        headers
            .get(&wanted.name)
            .is_some_and(|value| *value == wanted.value)
    }

    /// An id that nobody has yet.
    pub(super) fn new_id(&self, kind: &str) -> String {
        let number = self.made.fetch_add(1, Ordering::Relaxed) + 1;
        format!("{kind}_{}_{number}", self.mark)
    }

    /// The secret of the subscription just made; `None` where there are too many.
    pub(super) fn subscribe(
        &self,
        url: String,
        events: Vec<String>,
    ) -> Result<Option<(Subscription, Zeroizing<String>)>, Failure> {
        let secret = new_secret();
        let subscription = Subscription {
            id: self.new_id("wh"),
            url,
            events,
        };
        let held = Held {
            subscription: subscription.clone(),
            signer: Arc::new(signer("subscription", &secret)?),
        };
        let mut all = self.subscriptions();
        if all.len() >= MOST_SUBSCRIPTIONS {
            return Ok(None);
        }
        all.push(held);
        Ok(Some((subscription, secret)))
    }

    /// Whether there was one.
    pub(super) fn unsubscribe(&self, id: &str) -> bool {
        let mut all = self.subscriptions();
        let before = all.len();
        all.retain(|held| held.subscription.id != id);
        all.len() < before
    }

    pub(super) fn is_subscribed(&self, id: &str) -> bool {
        self.subscriptions()
            .iter()
            .any(|held| held.subscription.id == id)
    }

    pub(super) fn subscriptions(&self) -> MutexGuard<'_, Vec<Held>> {
        self.subscriptions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn be_down_for(&self, time: Duration) {
        let mut until = self
            .down_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *until = Instant::now()
            .checked_add(time)
            .unwrap_or(*until)
            .max(*until);
    }

    /// How long it is still down.
    pub(super) fn down_for(&self) -> Duration {
        let until = *self
            .down_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        until.saturating_duration_since(Instant::now())
    }

    /// Lets work go on beside the calls; `false` where too much is under way.
    pub(super) async fn begin(&self, work: impl Future<Output = ()> + Send + 'static) -> bool {
        let mut under_way = self.under_way.lock().await;
        while under_way.try_join_next().is_some() {}
        if under_way.len() >= MOST_UNDER_WAY {
            return false;
        }
        under_way.spawn(work);
        true
    }

    /// Waits, unless the program is to end: then it gives `false` at once.
    pub(super) async fn wait(&self, time: Duration) -> bool {
        let mut is_ending = self.is_ending.subscribe();
        tokio::select! {
            () = tokio::time::sleep(time) => true,
            _ = is_ending.wait_for(|is_ending| *is_ending) => false,
        }
    }

    /// Lets attempts that are under way end; those that wait for their next are given up, and said.
    pub(super) async fn end(&self) {
        self.is_ending.send_replace(true);
        let mut under_way = self.under_way.lock().await;
        while under_way.join_next().await.is_some() {}
    }

    pub(super) fn say_listening(&self, address: SocketAddr, is_open: bool) {
        let fingerprint = self.organisation.secret().fingerprint();
        let authorization = if is_open {
            "none is asked for"
        } else {
            "required"
        };
        let text = format!(
            "simulate: http://{address} (authorisation: {authorization}; the organisation's secret has the fingerprint {fingerprint})"
        );
        let json = json!({
            "listening": format!("http://{address}"),
            "authorization_required": !is_open,
            "organisation_fingerprint": fingerprint.to_string(),
        });
        self.say(&text, &json);
    }

    /// One line, in the form that was asked for.
    pub(super) fn say(&self, text: &str, json: &Value) {
        // It goes on where nobody reads it.
        let _ = match self.json {
            true => print_line(&json.to_string()),
            false => print_line(text),
        };
    }
}

fn new_secret() -> Zeroizing<String> {
    Zeroizing::new(format!("whsec_{}", *Zeroizing::new(random_hex::<32>())))
}

fn signer(label: &str, secret: &str) -> Result<Signer, Failure> {
    let secrets = Secrets::new([(label, secret)]).map_err(|error| {
        Failure::new(format_args!("{}: {error}", error.code()), "").with_status(Status::Secrets)
    })?;
    Signer::new(secrets, None)
}
