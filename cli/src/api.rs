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
use crate::overten::{
    AUTHORIZATION, CreatedSubscription, NewSubscription, Organisation, Subscription, Subscriptions,
    VERIFY, WEBHOOKS,
};

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

    /// Makes a subscription; its secret comes back once, and only here.
    ///
    /// # Errors
    ///
    /// The API did not do it, or said so in a form that is not known.
    pub(crate) async fn create(
        &self,
        url: &str,
        events: &[String],
    ) -> Result<(Subscription, Zeroizing<String>), Failure> {
        let new = NewSubscription {
            url: url.to_owned(),
            events: events.to_vec(),
        };
        let created: CreatedSubscription = self.ask(Method::POST, &[WEBHOOKS], Some(&new)).await?;
        let secret = checked(created.secret)?;
        Ok((created.subscription, secret))
    }

    /// # Errors
    ///
    /// As [`Api::create`].
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
        // What stands in it is not shown: it may be a secret.
        serde_json::from_slice(&body).map_err(|error| {
            Failure::new(
                format_args!("the API's reply is not of the assumed form: line {}, column {}", error.line(), error.column()),
                "the form is assumed, since Overten's public text does not give it: see `overten-webhook simulate --help`",
            )
        })
    }

    async fn answer(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&impl Serialize>,
    ) -> Result<(u16, Zeroizing<Vec<u8>>), Failure> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        let body = body
            .map(serde_json::to_vec)
            .transpose()
            .map_err(|error| Failure::new(error, ""))?;
        let header = (&self.authorization.name, &self.authorization.value);
        let answer = self
            .client
            .ask(method, &url, header, body)
            .await
            .map_err(|why| why.failure(&url))?;
        Ok((answer.status, Zeroizing::new(answer.body)))
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
