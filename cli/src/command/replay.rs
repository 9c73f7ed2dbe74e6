//! `replay`: sends again what `listen` saved, signed anew.

use std::path::PathBuf;
use std::time::Instant;

use ::http::{HeaderMap, HeaderName, HeaderValue};
use hyper::body::Bytes;
use overten_webhook::diagnose::Captured;
use overten_webhook::scheme::{SIGNATURE_HEADER, TIMESTAMP_HEADER};
use overten_webhook::{Retention, Signature, SignedHeaders, Tolerance, UnixSeconds, Verifier};
use reqwest::Url;
use serde::Serialize;

use crate::failure::{Failure, Status};
use crate::http::{Answer, Client, NoAnswer, Pace, TIME_OUT, parse_url, runtime};
use crate::listen::chosen::{Filters, Saved};
use crate::listen::clock::Clock;
use crate::listen::forwarding::passed_on;
use crate::listen::human::DIM;
use crate::listen::saved::is_stale;
use crate::listen::shelf::Shelf;
use crate::making::Signer;
use crate::output::{self, BAD, GOOD};
use crate::secrets::SecretArguments;

const AFTER_HELP: &str = "\
What was never signed with one of these secrets is sent only by its number: signing it anew makes it authentic, whoever sent it \
the first time. So is what had been refused as too old or from the future, or was signed more than 7 days ago: anybody can have \
sent it again, and no receiver would know it as handled.

Exit status: 0 every answer was 2xx, 10 one was not, 1 nothing was ever answered, 9 there is no such delivery.

Example: what failed while the application was down
  overten-webhook replay http://127.0.0.1:3000/hooks --failed --secrets-file secrets.txt";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Where to send: an http or https address. Redirects are not followed
    #[arg(value_parser = parse_url)]
    url: Url,
    /// The numbers of the deliveries, as `listen --list` shows them
    #[arg(value_name = "NUMBER", conflicts_with_all = ["events", "run_id", "failed", "all"])]
    numbers: Vec<i64>,
    #[command(flatten)]
    filters: Filters,
    /// All that is saved
    #[arg(long, conflicts_with_all = ["events", "run_id", "failed"])]
    all: bool,
    #[command(flatten)]
    secrets: SecretArguments,
    /// Sign with the secret of this label instead of the first
    #[arg(long, value_name = "LABEL")]
    label: Option<String>,
    /// Where deliveries are saved [default: `overten-webhook` in the platform's data folder]
    #[arg(long)]
    folder: Option<PathBuf>,
    /// One JSON object a line: each delivery, and last the summary
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(crate) fn run(self) -> Result<Status, Failure> {
        let has_filter =
            !self.filters.events.is_empty() || self.filters.run_id.is_some() || self.filters.failed;
        if self.numbers.is_empty() && !has_filter && !self.all {
            return Err(Failure::new(
                "nothing says which deliveries to send",
                "give their numbers, or --event, --run-id, --failed or --all",
            )
            .with_status(Status::Usage));
        }
        let secrets = self.secrets.text()?;
        let read = || {
            overten_webhook::Secrets::from_lines(&secrets)
                .map_err(|error| crate::secrets::refused(&error))
        };
        let replay = Replay {
            client: Client::new(&self.url, TIME_OUT)?,
            url: self.url,
            signer: Signer::new(read()?, self.label.as_deref())?,
            verifier: Verifier::new(read()?)
                .with_tolerance(Tolerance::off())
                .with_max_body_bytes(usize::MAX),
            shelf: Shelf::open(self.folder)?,
            json: self.json,
        };
        runtime()?.block_on(replay.run(&self.numbers, &self.filters))
    }
}

struct Replay {
    url: Url,
    client: Client,
    signer: Signer,
    verifier: Verifier,
    shelf: Shelf,
    json: bool,
}

/// One delivery that was sent, as its line of JSON says it.
#[derive(Debug, Serialize)]
struct Sent {
    id: i64,
    key: Option<String>,
    /// When it is signed now, in Unix seconds.
    timestamp: i64,
    body_bytes: usize,
    /// Such as `200 accepted`, `204` or `no answer: timed out`.
    answer: String,
    status: Option<u16>,
    milliseconds: u64,
}

#[derive(Debug, Default, Serialize)]
struct Summary {
    deliveries: u64,
    acknowledged: u64,
    /// Those that no secret here has signed.
    left_out: u64,
    /// Those that may have been handled so long ago that no receiver knows.
    left_out_stale: u64,
}

impl Replay {
    async fn run(self, numbers: &[i64], filters: &Filters) -> Result<Status, Failure> {
        let mut summary = Summary::default();
        let mut was_answered = false;
        for (id, was_stale) in self.chosen(numbers, filters)? {
            let captured = self.shelf.capture(id)?;
            let signed_at = self.signed_at(&captured);
            match signed_at {
                None if numbers.is_empty() => {
                    summary.left_out += 1;
                    continue;
                }
                None => output::say_warning(&format!(
                    "none of these secrets has signed delivery {id}; it is signed and sent all the same"
                )),
                Some(at) if numbers.is_empty() && (was_stale || is_forgotten(at)) => {
                    summary.left_out_stale += 1;
                    continue;
                }
                Some(_) => {}
            }
            let (sent, no_answer) = self.send(id, &captured).await?;
            was_answered |= sent.status.is_some();
            self.show(&sent)?;
            if let Some(why) = no_answer.filter(|_| !was_answered) {
                return Err(why.failure(&self.url));
            }
            summary.deliveries += 1;
            summary.acknowledged += u64::from(matches!(sent.status, Some(200..=299)));
        }
        self.show_summary(&summary)?;
        Ok(match summary.acknowledged == summary.deliveries {
            true => Status::Done,
            false => Status::Unexpected,
        })
    }

    /// The numbers, and of those that were not named whether their time was why they were refused.
    fn chosen(&self, numbers: &[i64], filters: &Filters) -> Result<Vec<(i64, bool)>, Failure> {
        if !numbers.is_empty() {
            // Before any is sent: who named a wrong one may mean others altogether.
            for id in numbers {
                self.shelf.capture(*id)?;
            }
            return Ok(numbers.iter().map(|id| (*id, false)).collect());
        }
        let saved = self.shelf.chosen(filters)?;
        if saved.is_empty() {
            output::say_warning(
                "nothing that is saved fits; `overten-webhook listen --list` shows what there is",
            );
        }
        let chosen = saved.iter().map(|saved: &Saved| {
            let was_stale = saved.code.parse().is_ok_and(is_stale);
            (saved.id, was_stale)
        });
        Ok(chosen.collect())
    }

    /// When one of the secrets signed it, however long ago.
    fn signed_at(&self, captured: &Captured) -> Option<UnixSeconds> {
        let headers = SignedHeaders::from_pairs(captured.headers()).ok()?;
        let at = headers.timestamp();
        let verified = self.verifier.verify(&headers, captured.body(), at);
        verified.ok().map(|_| at)
    }

    async fn send(
        &self,
        id: i64,
        captured: &Captured,
    ) -> Result<(Sent, Option<NoAnswer>), Failure> {
        let now = Clock::of_host().unix();
        let signature = self.signer.sign(now, captured.body())?;
        let key = self
            .signer
            .delivery(captured.body())
            .map(|delivery| match delivery.event() {
                Ok(event) => event.idempotency_key(overten_webhook::Scope::Run),
                Err(_) => delivery.body_key(),
            });
        let began = Instant::now();
        let body = Bytes::copy_from_slice(captured.body());
        let answer = self
            .client
            .post(&self.url, signed(captured, &signature), body, Pace::AtOnce)
            .await;
        let sent = Sent {
            id,
            key: key.map(|key| key.as_str().to_owned()),
            timestamp: now.get(),
            body_bytes: captured.body().len(),
            answer: words(&answer),
            status: answer.as_ref().ok().map(|answer| answer.status),
            milliseconds: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        };
        Ok((sent, answer.err()))
    }

    fn show(&self, sent: &Sent) -> Result<(), Failure> {
        if self.json {
            return output::print_line(&serde_json::to_string(sent).unwrap_or_default());
        }
        let Sent {
            id,
            answer,
            milliseconds,
            ..
        } = sent;
        let style = if matches!(sent.status, Some(200..=299)) {
            GOOD
        } else {
            BAD
        };
        let key = sent.key.as_deref().unwrap_or("-");
        output::print_line(&format!(
            "{DIM}#{id:<6}{DIM:#} {style}{answer:<24}{style:#} {key}  {milliseconds} ms"
        ))
    }

    fn show_summary(&self, summary: &Summary) -> Result<(), Failure> {
        if self.json {
            let line = serde_json::json!({ "summary": summary });
            return output::print_line(&line.to_string());
        }
        let Summary {
            deliveries,
            acknowledged,
            left_out,
            left_out_stale,
        } = summary;
        let mut line = format!("{deliveries} sent, {acknowledged} acknowledged");
        if *left_out > 0 {
            line += &format!(
                "; {left_out} left out, which none of these secrets has signed: send such a one by its number, if you know it"
            );
        }
        if *left_out_stale > 0 {
            line += &format!(
                "; {left_out_stale} left out, which may have been handled before: too old, or from the future: send such a one by its number, if it was not"
            );
        }
        output::print_line(&line)
    }
}

/// Whether receivers no longer know by now that they handled it.
fn is_forgotten(signed_at: UnixSeconds) -> bool {
    let age = Clock::of_host()
        .unix()
        .get()
        .saturating_sub(signed_at.get());
    u64::try_from(age).is_ok_and(|age| age > Retention::DEFAULT_SECONDS)
}

/// The headers as received, but for the signature's.
fn signed(captured: &Captured, signature: &Signature) -> HeaderMap {
    let mut headers = passed_on(captured);
    let pairs = [
        (SIGNATURE_HEADER, signature.signature_value()),
        (TIMESTAMP_HEADER, signature.timestamp_value()),
    ];
    for (name, value) in pairs {
        let pair = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_str(value),
        );
        if let (Ok(name), Ok(value)) = pair {
            headers.insert(name, value);
        }
    }
    headers
}

fn words(answer: &Result<Answer, NoAnswer>) -> String {
    match answer {
        Ok(answer) => answer.words(),
        Err(why) => format!("no answer: {why}"),
    }
}
