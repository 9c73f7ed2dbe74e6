//! `organisation`: the secret that signs the webhooks of single calls.

use crate::api::ApiArguments;
use crate::failure::{Failure, Status};
use crate::http::runtime;
use crate::keeping::{KeepArguments, fingerprint};
use crate::output::say_next;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "\
Example: get the organisation's secret into the file that the receiver reads
  overten-webhook organisation secret --secrets-file secrets.txt",
    arg_required_else_help = true
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Ask the API for the secret that signs the webhooks of single calls.
    Secret(SecretOfOrganisation),
}

#[derive(Debug, clap::Args)]
#[command(after_help = format!("{}

Example: get it into the file that the receiver reads
  overten-webhook organisation secret --api http://127.0.0.1:8790 --secrets-file secrets.txt", crate::overten::STATUS))]
struct SecretOfOrganisation {
    #[command(flatten)]
    api: ApiArguments,

    #[command(flatten)]
    keep: KeepArguments,

    /// What logs call it
    #[arg(long, value_name = "LABEL", default_value = "organisation")]
    label: String,
}

impl Arguments {
    pub(crate) fn run(self) -> Result<Status, Failure> {
        let Action::Secret(arguments) = self.action;
        runtime()?.block_on(arguments.run())
    }
}

impl SecretOfOrganisation {
    async fn run(self) -> Result<Status, Failure> {
        let api = self.api.api()?;
        let place = self.keep.place()?;
        let secret = api.organisation_secret().await?;
        let fingerprint = fingerprint(&secret)?;
        let kept = place.keep(&self.label, &secret)?;
        say_next(&format!(
            "the organisation's secret is {kept}; its fingerprint is {fingerprint}: the receiver's first log line shows the same"
        ));
        Ok(Status::Done)
    }
}
