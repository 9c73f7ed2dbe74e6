//! `subscription`: makes, lists, deletes and rotates subscriptions.

mod proof;
mod rotate;
mod rotation;

use reqwest::Url;
use serde_json::json;

use crate::api::{ApiArguments, PERHAPS_MADE};
use crate::failure::{Failure, Status};
use crate::http::{parse_url, runtime};
use crate::keeping::{KeepArguments, fingerprint};
use crate::output::{print_line, say_next, visible};

fn after_help(example: &str) -> String {
    format!("{}\n\nExample: {example}", crate::overten::STATUS)
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "\
Example: make a subscription; its secret goes into the file that the receiver reads
  overten-webhook subscription create https://receiver.example/overten --secrets-file secrets.txt",
    arg_required_else_help = true
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Make a subscription, and keep its secret, which comes back only this once.
    #[command(after_help = after_help("a subscription to failures only\n  \
        overten-webhook subscription create https://receiver.example/overten \\\n    \
        --event run.failed --secrets-file secrets.txt"))]
    Create(Create),
    /// List the subscriptions.
    #[command(after_help = after_help("which are there?\n  overten-webhook subscription list --json"))]
    List(List),
    /// Delete a subscription.
    #[command(after_help = after_help("delete one that `subscription list` shows\n  overten-webhook subscription delete wh_01"))]
    Delete(Delete),
    /// Put another subscription, with another secret, in the place of one, without a gap.
    #[command(after_help = after_help("rotate, and see in the receiver's log that the new secret is in use\n  \
        overten-webhook subscription rotate wh_01 --secrets-file secrets.txt \\\n    \
        --log receiver.log"))]
    Rotate(rotate::Rotate),
}

#[derive(Debug, clap::Args)]
struct Create {
    /// Where its deliveries go: an http or https address
    #[arg(value_parser = parse_url)]
    url: Url,

    /// The events that it is for, once for each [default: all]
    #[arg(long = "event", value_name = "NAME")]
    events: Vec<String>,

    #[command(flatten)]
    api: ApiArguments,

    #[command(flatten)]
    keep: KeepArguments,

    /// What logs call its secret
    #[arg(long, value_name = "LABEL", default_value = "subscription")]
    label: String,
}

#[derive(Debug, clap::Args)]
struct List {
    #[command(flatten)]
    api: ApiArguments,

    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct Delete {
    /// The subscription's id, as `subscription list` shows it
    id: String,

    #[command(flatten)]
    api: ApiArguments,
}

impl Arguments {
    pub(crate) fn run(self) -> Result<Status, Failure> {
        let runtime = runtime()?;
        let done = match self.action {
            Action::Create(arguments) => runtime.block_on(arguments.run()),
            Action::List(arguments) => runtime.block_on(arguments.run()),
            Action::Delete(arguments) => runtime.block_on(arguments.run()),
            Action::Rotate(arguments) => runtime.block_on(arguments.run()),
        };
        // A read of standard input that nobody waits for any more must not hold up the end.
        runtime.shutdown_background();
        done
    }
}

impl Create {
    async fn run(self) -> Result<Status, Failure> {
        let api = self.api.api()?;
        let place = self.keep.place()?;
        let known = api.ids().await?;
        let made = api.create(self.url.as_str(), &self.events, &known);
        let (subscription, secret) = tokio::select! {
            made = made => made?,
            Ok(()) = tokio::signal::ctrl_c() => {
                say_next(PERHAPS_MADE);
                return Ok(Status::Interrupted);
            }
        };
        let fingerprint = fingerprint(&secret)?;
        match place.keep(&self.label, &secret) {
            Ok(kept) => {
                let id = visible(&subscription.id);
                say_next(&format!(
                    "subscription {id} is made; its secret is {kept}, with the fingerprint {fingerprint}: let the receiver read it now"
                ));
                Ok(Status::Done)
            }
            Err(failure) => Err(api.undo(&subscription.id, failure).await.into()),
        }
    }
}

impl List {
    async fn run(self) -> Result<Status, Failure> {
        let all = self.api.api()?.list().await?;
        for subscription in &all {
            let events = match subscription.events.as_slice() {
                [] => "all events".to_owned(),
                events => events.join(", "),
            };
            print_line(&match self.json {
                true => json!(subscription).to_string(),
                false => visible(&format!(
                    "{}  {}  {events}",
                    subscription.id, subscription.url
                )),
            })?;
        }
        if all.is_empty() && !self.json {
            say_next(
                "there is no subscription; `overten-webhook subscription create URL` makes one",
            );
        }
        Ok(Status::Done)
    }
}

impl Delete {
    async fn run(self) -> Result<Status, Failure> {
        match self.api.api()?.delete(&self.id).await? {
            true => {
                say_next(
                    "remove its secret from the receiver once nothing that it signed is still on its way",
                );
                Ok(Status::Done)
            }
            false => Err(Failure::new(
                format_args!("there is no subscription {}", visible(&self.id)),
                "`overten-webhook subscription list` shows those that there are",
            )),
        }
    }
}
