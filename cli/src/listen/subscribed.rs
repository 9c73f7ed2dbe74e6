//! A subscription for as long as a listener runs.

use reqwest::Url;
use zeroize::Zeroizing;

use crate::api::{Api, ApiArguments};
use crate::failure::Failure;
use crate::output::visible;

/// What logs call its secret.
const LABEL: &str = "listen";

/// A subscription that is to be removed.
pub(crate) struct Subscribed {
    api: Api,
    id: String,
}

impl Subscribed {
    /// Makes one; gives its secret too, as a line of such a file as the secrets come from.
    ///
    /// # Errors
    ///
    /// The API did not do it.
    pub(crate) async fn make(
        api: &ApiArguments,
        url: &Url,
        events: &[String],
    ) -> Result<(Self, Zeroizing<String>), Failure> {
        let api = api.api()?;
        let known = api.ids().await?;
        let (subscription, secret) = api.create(url.as_str(), events, &known).await?;
        let line = Zeroizing::new(format!("{LABEL}:{}", secret.as_str()));
        let id = subscription.id;
        Ok((Self { api, id }, line))
    }

    /// What its owner should know.
    pub(crate) fn says(&self) -> String {
        let id = visible(&self.id);
        format!(
            "subscription {id} is made, and removed at the end; after a crash: {}",
            self.command()
        )
    }

    /// What removes it where this program did not.
    pub(crate) fn command(&self) -> String {
        let (id, base) = (visible(&self.id), self.api.base());
        format!("overten-webhook subscription delete '{id}' --api '{base}'")
    }

    /// # Errors
    ///
    /// It may be there still; the error says what removes it.
    pub(crate) async fn remove(self) -> Result<(), Failure> {
        match self.api.delete(&self.id).await {
            Ok(_) => Ok(()),
            Err(failure) => {
                failure.report();
                let id = visible(&self.id);
                Err(Failure::new(
                    format_args!("the subscription {id} was not removed"),
                    self.command(),
                ))
            }
        }
    }
}
