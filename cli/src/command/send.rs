//! `send`: posts deliveries as Overten does, right ones and wrong ones, and says what was answered.

mod attempt;
mod job;
mod run;
mod show;
mod tally;

use std::path::PathBuf;
use std::time::Duration;

use ::http::HeaderValue;
use reqwest::Url;

use crate::failure::{Failure, Status};
use crate::http::{Client, parse_url, runtime};
use crate::making::{
    Circumstances, Expected, Maker, Mix, Preset, Signer, Source, parse_share, random_hex,
};
use crate::retries::Retries;
use crate::secrets::SecretArguments;
use run::{Plan, Run};
use show::Show;

const AFTER_HELP: &str = "\
How often Overten retries, after what delays, and whether a retry carries a new timestamp is not in its public text: \
the delays here are our own, and --reuse-timestamp shows what a receiver makes of the other reading. Of each delivery \
--json says its key, whether it is authentic, and how it settled: accepted, duplicate, quarantined (2xx), refused (4xx) \
or given_up.

Exit status: 0 every answer was as expected, 10 one was not, 1 nothing was ever answered, 130 ended by Ctrl-C.

Example: a hundred deliveries, five of them forged and ten of them sent twice
  overten-webhook send http://127.0.0.1:8787/webhooks/overten --secrets-file secrets.txt \\
      --count 100 --mix forged=5,duplicate=10";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Where the receiver is: an http or https address. Redirects are not followed
    #[arg(value_parser = parse_url)]
    url: Url,

    #[command(flatten)]
    secrets: SecretArguments,

    /// Sign with the secret of this label instead of the first
    #[arg(long, value_name = "LABEL")]
    label: Option<String>,

    /// The event's name
    #[arg(long, value_name = "NAME", default_value = overten_webhook::scheme::RUN_COMPLETED)]
    event: String,

    /// The run, the same for every delivery [default: a new one for each]
    #[arg(long, value_name = "ID")]
    run_id: Option<String>,

    /// The task, the same for every delivery [default: a new one for each]
    #[arg(long, value_name = "ID")]
    task_id: Option<String>,

    /// Post these bytes, exactly as the file holds them [default: the fields that Overten documents]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["template", "run_id", "task_id"])]
    body: Option<PathBuf>,

    /// Post this text with `{{event}}`, `{{run_id}}`, `{{task_id}}` and `{{number}}` filled in
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,

    /// What is wrong with every delivery
    #[arg(
        long,
        value_enum,
        default_value = "authentic",
        conflicts_with = "mix",
        hide_default_value = true
    )]
    preset: Preset,

    /// What is wrong with some, in percent, such as forged=5,duplicate=10; the rest is authentic
    #[arg(long, value_name = "PRESET=PERCENT", value_delimiter = ',', value_parser = parse_share)]
    mix: Vec<(Preset, u32)>,

    /// How many deliveries to make
    #[arg(long, short = 'n', value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    count: u64,

    /// At most so many deliveries a second, retries not counted [default: as fast as it goes]
    #[arg(long, value_name = "N", value_parser = parse_rate)]
    rate: Option<f64>,

    /// How many deliveries are under way at once
    #[arg(long, short = 'c', value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=4096))]
    concurrency: u16,

    #[command(flatten)]
    retries: Retries,

    /// Give each retry the timestamp and signature of the first attempt [default: signed anew]
    #[arg(long)]
    reuse_timestamp: bool,

    /// How long ago a delivery was signed, in seconds; negative for the future
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 0,
        allow_hyphen_values = true
    )]
    age: i64,

    /// How long an answer may take; Overten waits 15 s
    #[arg(long, value_name = "TIME", default_value = "15s", value_parser = crate::duration::parse)]
    time_out: Duration,

    /// How long the body of the preset slow-body takes
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = crate::duration::parse)]
    slow_body_time: Duration,

    /// How long the body of the preset too-large is: one more than a receiver takes
    #[arg(long, value_name = "BYTES", default_value_t = overten_webhook::DEFAULT_MAX_BODY_BYTES + 1)]
    too_large_bytes: usize,

    /// The answer that each delivery must end with, a status or a word such as accepted [default: as its preset says]
    #[arg(long, value_name = "ANSWER")]
    expect: Option<Expected>,

    /// One JSON object a line for each attempt, and the summary last
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(crate) fn run(self) -> Result<Status, Failure> {
        let json = self.json;
        let plan = self.plan()?;
        let show = Show::new(json, &plan);
        let (run, reports) = Run::new(plan);
        runtime()?.block_on(run.carry_out(reports, show))
    }

    fn plan(self) -> Result<Plan, Failure> {
        let signer = Signer::new(self.secrets.secrets()?, self.label.as_deref())?;
        let event_header = HeaderValue::from_bytes(self.event.as_bytes()).map_err(|_| {
            Failure::new(
                "the event's name holds a control character",
                "name it as Overten does, such as run.completed",
            )
        })?;
        let shares = match self.mix.as_slice() {
            [] => &[(self.preset, 100)],
            shares => shares,
        };
        let mix =
            Mix::new(shares).map_err(|error| Failure::new(error, "make the shares smaller"))?;
        let source = match (&self.body, &self.template) {
            (Some(path), _) => Source::Bytes(read(path)?.into()),
            (None, Some(path)) => {
                Source::Template(String::from_utf8(read(path)?).map_err(|_| {
                    Failure::new("the template is not UTF-8", "post such bytes with --body")
                })?)
            }
            (None, None) => Source::Documented,
        };
        Ok(Plan {
            client: Client::new(&self.url, self.time_out)?,
            url: self.url,
            signer,
            maker: Maker {
                source,
                event: self.event,
                run_id: self.run_id,
                task_id: self.task_id,
                mark: random_hex::<4>(),
            },
            event_header,
            mix: mix.into(),
            count: self.count,
            rate: self.rate,
            concurrency: self.concurrency,
            retries: self.retries,
            reuse_timestamp: self.reuse_timestamp,
            circumstances: Circumstances {
                slow_body_time: self.slow_body_time,
                too_large_bytes: self.too_large_bytes,
                age_seconds: self.age,
            },
            expect: self.expect,
        })
    }
}

fn read(path: &PathBuf) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| {
        Failure::new(
            format_args!("{} cannot be read: {error}", path.display()),
            "name a file that this user may read",
        )
    })
}

fn parse_rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if f64::is_finite(rate) && rate > 0.0 => Ok(rate),
        _ => Err("write how many a second, such as 50 or 0.5".to_owned()),
    }
}
