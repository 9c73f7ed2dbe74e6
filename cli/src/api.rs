//! Overten's API, as far as the commands call it; what is assumed of it stands in [`crate::overten`].

use std::path::PathBuf;

use ::http::{HeaderName, HeaderValue};
use overten_webhook::Secrets;
use reqwest::{Method, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::failure::{Failure, Status};
use crate::http::{Client, TIME_OUT, parse_url};
use crate::output::visible;
use crate::overten::{
    AUTHORIZATION, CreatedSubscription, Identified, NewSubscription, Organisation, Subscription,
    Subscriptions, VERIFY, WEBHOOKS,
};

/// What to do where it is not known whether one was made.
pub(crate) const PERHAPS_MADE: &str = "a subscription may have been made: `overten-webhook subscription list` shows it, \
    and `overten-webhook subscription delete ID` removes it";

/// The variable that holds the authorisation.
const VARIABLE: &str = "OVERTEN_AUTHORIZATION";

/// The authorisation, from a file or the environment; flattened into the arguments of each command that needs it.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct AuthorizationArguments {
    /// File with the value of the Authorization header, such as `Bearer …`, or with a whole header, `Name: value` [default:
    /// the variable `OVERTEN_AUTHORIZATION`, in the same form]
    #[arg(long, value_name = "FILE")]
    authorization_file: Option<PathBuf>,
}

/// Where the API is, and with which authorisation; there is no default.
#[derive(Debug, clap::Args)]
pub(crate) struct ApiArguments {
    /// The API's address, that of Overten or of `simulate`
    #[arg(long, value_name = "URL", env = "OVERTEN_API", value_parser = parse_url)]
    api: Url,

    #[command(flatten)]
    authorization: AuthorizationArguments,
}

/// A header that authorises a call; it is never shown.
pub(crate) struct Authorization {
    pub(crate) name: HeaderName,
    pub(crate) value: HeaderValue,
}

/// A call that was not done, as far as is known.
pub(crate) struct Undone {
    pub(crate) failure: Failure,
    /// Whether it is certain that the API has nothing that was not there before.
    pub(crate) is_certain: bool,
}

/// The API.
pub(crate) struct Api {
    base: Url,
    client: Client,
    authorization: Authorization,
}

impl AuthorizationArguments {
    /// `None` where none is configured.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or what it holds is no header.
    pub(crate) fn read(&self) -> Result<Option<Authorization>, Failure> {
        let text = match &self.authorization_file {
            Some(path) => Zeroizing::new(std::fs::read(path).map_err(|error| {
                Failure::new(
                    format_args!(
                        "the authorisation's file {} cannot be read: {error}",
                        path.display()
                    ),
                    "name a file that this user may read",
                )
            })?),
            None => match std::env::var_os(VARIABLE) {
                Some(text) => Zeroizing::new(text.into_encoded_bytes()),
                None => return Ok(None),
            },
        };
        Authorization::parse(text.trim_ascii()).map(Some)
    }
}

impl Authorization {
    fn parse(text: &[u8]) -> Result<Self, Failure> {
        let malformed = || {
            Failure::new(
                "the authorisation is no header",
                format_args!(
                    "put the value of the {AUTHORIZATION} header there, or `Name: value`, on one line"
                ),
            )
        };
        let colon = text.windows(2).position(|pair| pair == b": ");
        let (name, value) = match colon.and_then(|at| {
            Some((
                HeaderName::from_bytes(text.get(..at)?).ok()?,
                text.get(at + 2..)?,
            ))
        }) {
            Some(header) => header,
            None => (
                HeaderName::from_bytes(AUTHORIZATION.as_bytes()).map_err(|_| malformed())?,
                text,
            ),
        };
        if value.is_empty() {
            return Err(malformed());
        }
        let mut value = HeaderValue::from_bytes(value).map_err(|_| malformed())?;
        value.set_sensitive(true);
        Ok(Self { name, value })
    }
}

impl ApiArguments {
    /// For a command that calls the API only where it is asked to.
    pub(crate) const fn new(api: Url, authorization: AuthorizationArguments) -> Self {
        Self { api, authorization }
    }

    /// # Errors
    ///
    /// No authorisation, or none that can be sent.
    pub(crate) fn api(&self) -> Result<Api, Failure> {
        let authorization = self.authorization.read()?.ok_or_else(|| {
            Failure::new(
                "no authorisation was given",
                format_args!("set {VARIABLE}, or name a file with --authorization-file"),
            )
        })?;
        let mut base = self.api.clone();
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        Ok(Api {
            client: Client::new(&base, TIME_OUT)?,
            base,
            authorization,
        })
    }
}

impl Api {
    /// Its address.
    pub(crate) fn base(&self) -> &str {
        self.base.as_str()
    }

    /// Makes a subscription; its secret comes back once, and only here. `known` are the ids of those that there are: one of
    /// them is no new one, and nobody may take it for that and delete it.
    ///
    /// # Errors
    ///
    /// The API did not do it, or said so in a form that is not known; what it made in that case is deleted again where its
    /// id can be read, and the error says what to do where it cannot.
    pub(crate) async fn create(
        &self,
        url: &str,
        events: &[String],
        known: &[String],
    ) -> Result<(Subscription, Zeroizing<String>), Undone> {
        let new = NewSubscription {
            url: url.to_owned(),
            events: events.to_vec(),
        };
        let call = self.answer(Method::POST, &[WEBHOOKS], Some(&new)).await;
        let (status, body) = call.map_err(Undone::or_perhaps_made)?;
        if !(200..300).contains(&status) {
            let failure = refused(status);
            // A gateway may say 408 or 5xx of what the API behind it does all the same.
            let is_certain = matches!(status, 300..500) && status != 408;
            return Err(Undone {
                failure,
                is_certain,
            }
            .or_perhaps_made());
        }
        let id = serde_json::from_slice::<Identified>(&body).map(|made| made.id);
        if let Ok(id) = &id
            && known.contains(id)
        {
            return Err(already_there(id));
        }
        let created = parsed::<CreatedSubscription>(&body)
            .and_then(|made| Ok((made.subscription, checked(made.secret)?)));
        match (created, id) {
            (Ok(created), _) => Ok(created),
            (Err(failure), Ok(id)) => Err(self.undo(&id, failure).await),
            (Err(failure), Err(_)) => Err(Undone {
                failure,
                is_certain: false,
            }
            .or_perhaps_made()),
        }
    }

    /// Deletes what was made and is of no use: nobody can check what it signs.
    pub(crate) async fn undo(&self, id: &str, failure: Failure) -> Undone {
        let is_certain = self.delete(id).await.is_ok();
        let id = visible(id);
        let failure = failure.and_next(match is_certain {
            true => format!("the subscription {id} that was made was deleted again"),
            false => format!(
                "the subscription {id} was made, and could not be deleted again: \
                 `overten-webhook subscription delete {id}` does it"
            ),
        });
        Undone {
            failure,
            is_certain,
        }
    }

    /// The ids of the subscriptions that there are.
    ///
    /// # Errors
    ///
    /// As [`Api::list`].
    pub(crate) async fn ids(&self) -> Result<Vec<String>, Failure> {
        let all = self.list().await?;
        Ok(all.into_iter().map(|found| found.id).collect())
    }

    /// # Errors
    ///
    /// The API did not do it, or answered in a form that is not known.
    pub(crate) async fn list(&self) -> Result<Vec<Subscription>, Failure> {
        let all: Subscriptions = self.ask(Method::GET, &[WEBHOOKS], None::<&()>).await?;
        Ok(all.webhooks)
    }

    /// Whether there was one to delete.
    ///
    /// # Errors
    ///
    /// As [`Api::create`].
    pub(crate) async fn delete(&self, id: &str) -> Result<bool, Failure> {
        let (status, _) = self
            .answer(Method::DELETE, &[WEBHOOKS, id], None::<&()>)
            .await?;
        match status {
            200..300 => Ok(true),
            404 => Ok(false),
            _ => Err(refused(status)),
        }
    }

    /// The secret that signs the webhooks of single calls.
    ///
    /// # Errors
    ///
    /// As [`Api::create`].
    pub(crate) async fn organisation_secret(&self) -> Result<Zeroizing<String>, Failure> {
        let organisation: Organisation = self.ask(Method::GET, &[VERIFY], None::<&()>).await?;
        checked(organisation.webhook_secret)
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&impl Serialize>,
    ) -> Result<T, Failure> {
        let (status, body) = self.answer(method, path, body).await?;
        if !(200..300).contains(&status) {
            return Err(refused(status));
        }
        parsed(&body)
    }

    async fn answer(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&impl Serialize>,
    ) -> Result<(u16, Zeroizing<Vec<u8>>), Undone> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        let body = body
            .map(serde_json::to_vec)
            .transpose()
            .map_err(|error| Undone {
                failure: Failure::new(error, ""),
                is_certain: true,
            })?;
        let header = (&self.authorization.name, &self.authorization.value);
        let answer = self
            .client
            .ask(method, &url, header, body)
            .await
            .map_err(|why| Undone {
                failure: why.failure_of_api(&url),
                is_certain: why.was_never_sent(),
            })?;
        Ok((answer.status, Zeroizing::new(answer.body)))
    }
}

impl Undone {
    /// Says so where a subscription may have been made.
    fn or_perhaps_made(self) -> Self {
        match self.is_certain {
            true => self,
            false => Self {
                failure: self.failure.and_next(PERHAPS_MADE),
                ..self
            },
        }
    }
}

impl From<Undone> for Failure {
    fn from(undone: Undone) -> Self {
        undone.failure
    }
}

fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    // What stands in it is not shown: it may be a secret.
    serde_json::from_slice(body).map_err(|error| {
        Failure::new(
            format_args!("the API's reply is not of the assumed form: line {}, column {}", error.line(), error.column()),
            "the form is assumed, since Overten's public text does not give it: see `overten-webhook simulate --help`",
        )
    })
}

fn already_there(id: &str) -> Undone {
    let failure = Failure::new(
        format_args!(
            "the API made nothing: it answered with the subscription {}, which was there before and stays",
            visible(id)
        ),
        "it seems to hold one for each address: name another address, such as one with a query, or delete that one first",
    );
    Undone {
        failure,
        is_certain: true,
    }
}

/// By core's rules, so that nothing is kept that no receiver would take.
fn checked(secret: String) -> Result<Zeroizing<String>, Failure> {
    let secret = Zeroizing::new(secret);
    match Secrets::new([secret.as_str()]) {
        Ok(_) => Ok(secret),
        Err(error) => Err(Failure::new(
            format_args!("the secret that the API gave cannot be used: {error}"),
            "",
        )
        .with_status(Status::Secrets)),
    }
}

fn refused(status: u16) -> Failure {
    let next = match status {
        401 | 403 => {
            "see whether the authorisation is right, and sent in the header that the API wants (the header is assumed)"
        }
        404 => {
            "see whether the address is the API's own, with its path; `subscription list` shows which subscriptions there are"
        }
        429 => "wait a while, then do it again",
        500.. => "wait until the API is well again, then do it again",
        _ => {
            "the form of the request is assumed, since Overten's public text does not give it: see `overten-webhook simulate --help`"
        }
    };
    Failure::new(format_args!("the API answered {status}"), next)
}
