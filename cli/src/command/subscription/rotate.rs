//! `subscription rotate`: a step at a time, each of which can be the last before the power fails.

use std::path::PathBuf;

use overten_webhook::MAX_SECRETS;

use super::proof;
use super::rotation::{Rotation, StateFile, Step};
use crate::api::{Api, ApiArguments};
use crate::failure::{Failure, Status};
use crate::keeping::{SecretsFile, fingerprint};
use crate::output::{print_line, visible};
use crate::overten::Subscription;

#[derive(Debug, clap::Args)]
pub(super) struct Rotate {
    /// The subscription whose place is to be taken, as `subscription list` shows it
    id: String,

    #[command(flatten)]
    api: ApiArguments,

    /// The file that the receiver reads its secrets from: the new one is added to it, and the old one stays
    #[arg(long, value_name = "FILE")]
    secrets_file: PathBuf,

    /// The receiver's log, or what `listen --json` writes; `-` is standard input. Its first line about a delivery that was
    /// signed by the new secret and taken in lets the rotation go on [default: a yes at the prompt]
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,

    /// Where it is kept how far the rotation has come [default: the secrets' file with `.rotation` behind it]
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
}

/// A rotation under way.
struct Run<'a> {
    arguments: &'a Rotate,
    api: Api,
    state: StateFile,
    old: Subscription,
    /// Whether an earlier start began it.
    is_taken_up: bool,
}

impl Rotate {
    pub(super) async fn run(self) -> Result<Status, Failure> {
        let api = self.api.api()?;
        let state = StateFile::new(self.state.as_deref(), &self.secrets_file);
        let _lock = state.lock()?;
        let (run, step) = match state.read()? {
            Some(rotation) => self.take_up(api, state, rotation)?,
            None => self.begin(api, state).await?,
        };
        tokio::select! {
            done = run.to_its_end(step) => done,
            Ok(()) = tokio::signal::ctrl_c() => {
                print_line(&format!("broken off; the same command goes on from {}", run.state.path().display()))?;
                Ok(Status::Interrupted)
            }
        }
    }

    fn take_up(
        &self,
        api: Api,
        state: StateFile,
        rotation: Rotation,
    ) -> Result<(Run<'_>, Step), Failure> {
        let Rotation {
            api: known,
            old,
            step,
            ..
        } = rotation;
        if old.id != self.id || known != api.base() {
            return Err(Failure::new(
                format_args!(
                    "{} is about subscription {} of {}",
                    state.path().display(),
                    visible(&old.id),
                    visible(&known)
                ),
                "take that rotation to its end first, or name another file with --state",
            ));
        }
        print_line(&format!("taken up again: {}", where_it_stands(&step)))?;
        let run = Run {
            arguments: self,
            api,
            state,
            old,
            is_taken_up: true,
        };
        Ok((run, step))
    }

    async fn begin(&self, api: Api, state: StateFile) -> Result<(Run<'_>, Step), Failure> {
        let all = api.list().await?;
        let known = all
            .iter()
            .map(|subscription| subscription.id.clone())
            .collect();
        let old = all
            .into_iter()
            .find(|subscription| subscription.id == self.id);
        let old = old.ok_or_else(|| {
            Failure::new(
                format_args!("there is no subscription {}", visible(&self.id)),
                "`overten-webhook subscription list` shows those that there are",
            )
        })?;
        self.check_room()?;
        let step = Step::Creating { known };
        state.write(api.base(), &old, &step)?;
        let run = Run {
            arguments: self,
            api,
            state,
            old,
            is_taken_up: false,
        };
        Ok((run, step))
    }

    /// What comes back once must not be lost for want of a place.
    fn check_room(&self) -> Result<(), Failure> {
        if SecretsFile::open(&self.secrets_file)?.count() < MAX_SECRETS {
            return Ok(());
        }
        let file = self.secrets_file.display();
        Err(Failure::new(
            format_args!("{file} holds {MAX_SECRETS} secrets, as many as a receiver takes"),
            "remove one that is not used any more",
        ))
    }
}

impl Run<'_> {
    async fn to_its_end(&self, mut step: Step) -> Result<Status, Failure> {
        loop {
            let next = match step {
                Step::Creating { known } => self.create(&known).await?,
                Step::Created { new, secret } => self.keep(new, &secret)?,
                Step::Kept { new, label } => self.prove(new, label).await?,
                Step::Proven { new, .. } => return self.finish(&new).await,
            };
            self.state.write(self.api.base(), &self.old, &next)?;
            print_line(where_it_stands(&next))?;
            step = next;
        }
    }

    async fn create(&self, known: &[String]) -> Result<Step, Failure> {
        self.arguments.check_room()?;
        let known = match self.is_taken_up {
            true => self.without_lost(known).await?,
            false => known.to_vec(),
        };
        let made = self.api.create(&self.old.url, &self.old.events, &known);
        match made.await {
            Ok((new, secret)) => {
                let secret = secret.to_string();
                Ok(Step::Created { new, secret })
            }
            Err(undone) => {
                if undone.is_certain {
                    self.state.remove()?;
                }
                Err(undone.failure)
            }
        }
    }

    /// The ids of all that there are. Where it was broken off between the API's making a subscription and its being written
    /// down, that one's secret is lost; but it looks like one that somebody else has made meanwhile, so nothing is deleted.
    async fn without_lost(&self, known: &[String]) -> Result<Vec<String>, Failure> {
        let all = self.api.list().await?;
        let alike: Vec<_> = all
            .iter()
            .filter(|found| found.url == self.old.url && found.events == self.old.events)
            .filter(|found| !known.contains(&found.id))
            .map(|found| visible(&found.id))
            .collect();
        if alike.is_empty() {
            return Ok(all.into_iter().map(|found| found.id).collect());
        }
        let (alike, state) = (alike.join(", "), self.state.path().display());
        Err(Failure::new(
            format_args!(
                "made since this rotation began, for the same address: {alike}; one of them may be this rotation's, its secret lost"
            ),
            format_args!(
                "delete what nobody uses (`overten-webhook subscription delete ID`) and do this again; \
                 where they are all somebody else's, remove {state} and begin anew"
            ),
        ))
    }

    fn keep(&self, new: Subscription, secret: &str) -> Result<Step, Failure> {
        let label = format!("subscription-{}", fingerprint(secret)?);
        let file = SecretsFile::open(&self.arguments.secrets_file)?;
        // It may have been broken off right after the file was written.
        if !file.holds(&label) {
            let (new, state) = (visible(&new.id), self.state.path().display());
            file.add(&label, secret).map_err(|failure| {
                failure.and_next(format_args!(
                    "the same command goes on then; or give this rotation up: \
                     `overten-webhook subscription delete {new}`, and remove {state}"
                ))
            })?;
        }
        Ok(Step::Kept { new, label })
    }

    async fn prove(&self, new: Subscription, label: String) -> Result<Step, Failure> {
        let file = self.arguments.secrets_file.display();
        if !SecretsFile::open(&self.arguments.secrets_file)?.holds(&label) {
            return Err(self.gone(&format!("{file} no longer holds `{label}`"), &new));
        }
        if !self
            .api
            .list()
            .await?
            .iter()
            .any(|found| found.id == new.id)
        {
            return Err(self.gone(
                &format!("subscription {} is there no longer", visible(&new.id)),
                &new,
            ));
        }
        print_line(&format!(
            "Let the receiver read both secrets now: start it again with {file}, or put them into the Worker:\n  \
             npx wrangler secret put OVERTEN_WEBHOOK_SECRETS --config wasm/worker/wrangler.toml < {file}\n\
             Until then the old subscription delivers everything; what the new one signs is answered as a mismatch."
        ))?;
        match &self.arguments.log {
            Some(log) => {
                let log_shown = log.display();
                print_line(&format!(
                    "Waiting for a delivery signed by `{label}` in {log_shown} (Ctrl-C breaks it off)"
                ))?;
                proof::in_log(log, &label).await?;
            }
            None => proof::at_prompt().await?,
        }
        Ok(Step::Proven { new, label })
    }

    fn gone(&self, what: &str, new: &Subscription) -> Failure {
        let (old, new, state) = (
            visible(&self.old.id),
            visible(&new.id),
            self.state.path().display(),
        );
        Failure::new(
            format_args!(
                "{what}: this rotation cannot be gone on with; the old subscription {old} delivers still"
            ),
            format_args!(
                "delete {new} where it is there (`overten-webhook subscription delete`), remove {state}, and begin anew"
            ),
        )
    }

    async fn finish(&self, new: &Subscription) -> Result<Status, Failure> {
        let known = self.api.ids().await?;
        if new.id == self.old.id || !known.contains(&new.id) {
            let new_id = visible(&new.id);
            return Err(self.gone(&format!("subscription {new_id} is there no longer"), new));
        }
        // Deleted already where it was broken off right after.
        if known.contains(&self.old.id)
            && !self.api.delete(&self.old.id).await?
            && self.api.ids().await?.contains(&self.old.id)
        {
            return Err(Failure::new(
                format_args!(
                    "the API says that there is no subscription {}, and lists it still",
                    visible(&self.old.id)
                ),
                "see whether the address is the API's own, with its path; the same command goes on then",
            ));
        }
        self.state.remove()?;
        print_line(&format!(
            "done: {} has taken the place of {}. Remove the old secret's line from {} once nothing that it signed is still on its way.",
            visible(&new.id),
            visible(&self.old.id),
            self.arguments.secrets_file.display()
        ))?;
        Ok(Status::Done)
    }
}

const fn where_it_stands(step: &Step) -> &'static str {
    match step {
        Step::Creating { .. } => "step 1 of 4: the new subscription is to be made",
        Step::Created { .. } => {
            "step 2 of 4: the new subscription is made; its secret is to be added to the secrets' file"
        }
        Step::Kept { .. } => {
            "step 3 of 4: the secrets' file holds both; the receiver is to accept a delivery signed by the new one"
        }
        Step::Proven { .. } => {
            "step 4 of 4: the new secret is in use; the old subscription is to be deleted"
        }
    }
}
