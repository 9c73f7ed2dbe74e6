//! All deliveries of one run, so many at once.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::http::HeaderValue;
use reqwest::Url;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::attempt::Attempt;
use super::job::Job;
use super::show::Show;
use super::tally::Tally;
use crate::failure::{Failure, Status};
use crate::http::{Answer, Client, NoAnswer};
use crate::making::{Circumstances, Expected, Maker, Mix, Preset, Signer};
use crate::retries::Retries;

/// How many attempts wait to be shown before posting waits: what keeps memory flat behind a slow reader.
const WAITING_ATTEMPTS: usize = 1024;

/// What is to be sent.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) client: Client,
    pub(super) url: Url,
    pub(super) signer: Signer,
    pub(super) maker: Maker,
    pub(super) event_header: HeaderValue,
    pub(super) mix: Mutex<Mix>,
    pub(super) count: u64,
    pub(super) rate: Option<f64>,
    pub(super) concurrency: u16,
    pub(super) retries: Retries,
    pub(super) reuse_timestamp: bool,
    pub(super) circumstances: Circumstances,
    pub(super) expect: Option<Expected>,
}

/// A plan that is under way.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) plan: Plan,
    begun: AtomicU64,
    /// Whether anything was ever answered.
    answered: AtomicBool,
    reports: mpsc::Sender<Attempt>,
}

/// What is shown of a run; it ends when the run's last sender is gone.
pub(super) type Reports = mpsc::Receiver<Attempt>;

impl Run {
    pub(super) fn new(plan: Plan) -> (Self, Reports) {
        let (reports, receiver) = mpsc::channel(WAITING_ATTEMPTS);
        let run = Self {
            plan,
            begun: AtomicU64::new(0),
            answered: AtomicBool::new(false),
            reports,
        };
        (run, receiver)
    }

    /// Sends everything; gives the exit status. Ctrl-C ends it with the summary so far.
    ///
    /// # Errors
    ///
    /// Nothing was ever answered; or standard output cannot be written.
    pub(super) async fn carry_out(
        self,
        mut reports: Reports,
        mut show: Show,
    ) -> Result<Status, Failure> {
        let url = self.plan.url.clone();
        let mut tally = Tally::new();
        let mut senders = self.start();
        let interrupted = tokio::signal::ctrl_c();
        tokio::pin!(interrupted);
        loop {
            tokio::select! {
                _ = &mut interrupted => {
                    senders.shutdown().await;
                    while let Ok(attempt) = reports.try_recv() {
                        tally.count(&attempt);
                        show.attempt(&attempt)?;
                    }
                    show.summary(&tally)?;
                    return Ok(Status::Interrupted);
                }
                attempt = reports.recv() => {
                    let Some(attempt) = attempt else { break };
                    tally.count(&attempt);
                    show.attempt(&attempt)?;
                    if let Some(why) = tally.first_failure_of_all(&attempt) {
                        show.flush()?;
                        why.failure(&url).report();
                    }
                    if show.is_closed() {
                        senders.shutdown().await;
                        return Ok(Status::Done);
                    }
                    if tally.is_hopeless() {
                        senders.shutdown().await;
                        break;
                    }
                    if reports.is_empty() {
                        show.flush()?;
                    }
                }
            }
        }
        while let Some(ended) = senders.join_next().await {
            match ended {
                Ok(sent) => sent?,
                Err(error) if error.is_cancelled() => {}
                Err(error) => {
                    return Err(Failure::new(
                        format_args!("a sender ended early: {error}"),
                        "report this as a fault of overten-webhook",
                    ));
                }
            }
        }
        show.summary(&tally)?;
        tally.verdict(&url)
    }

    fn start(self) -> JoinSet<Result<(), Failure>> {
        let run = Arc::new(self);
        let begun_at = Instant::now();
        let mut senders = JoinSet::new();
        for _ in 0..run.plan.count.min(run.plan.concurrency.into()) {
            let run = Arc::clone(&run);
            senders.spawn(async move {
                while let Some((number, preset)) = run.next() {
                    run.wait_for_turn(number, begun_at).await;
                    run.send(number, preset).await?;
                }
                Ok(())
            });
        }
        senders
    }

    fn next(&self) -> Option<(u64, Preset)> {
        let mut mix = self.plan.mix.lock().unwrap_or_else(PoisonError::into_inner);
        let number = self.begun.fetch_add(1, Ordering::Relaxed) + 1;
        (number <= self.plan.count).then(|| (number, mix.next()))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a run of 2^53 deliveries does not end"
    )]
    async fn wait_for_turn(&self, number: u64, begun_at: Instant) {
        if let Some(rate) = self.plan.rate {
            let after =
                Duration::try_from_secs_f64((number - 1) as f64 / rate).unwrap_or(Duration::MAX);
            if let Some(turn) = begun_at.checked_add(after) {
                tokio::time::sleep_until(turn).await;
            }
        }
    }

    async fn send(&self, number: u64, preset: Preset) -> Result<(), Failure> {
        let plan = &self.plan;
        let content = plan
            .maker
            .make(number, preset, &plan.circumstances, &plan.signer);
        let body = preset.sent_body(&content.body);
        let job = |copy: Option<u8>| Job {
            run: self,
            number,
            copy,
            preset,
            content: &content,
            body: &body,
            is_first: !plan.maker.repeats_itself(),
            is_second: false,
        };
        match preset {
            Preset::Duplicate => {
                if job(Some(1)).settle().await?.is_acknowledged() {
                    let second = Job {
                        is_second: true,
                        ..job(Some(2))
                    };
                    second.settle().await?;
                }
            }
            Preset::ConcurrentDuplicate => {
                let one = Job {
                    is_first: false,
                    ..job(Some(1))
                };
                let other = Job {
                    is_first: false,
                    ..job(Some(2))
                };
                let (one, other) = tokio::join!(one.settle(), other.settle());
                one.and(other)?;
            }
            _ => {
                job(None).settle().await?;
            }
        }
        Ok(())
    }

    /// Whether another attempt would get no further: nothing was ever answered, for a reason that stays.
    pub(super) fn is_hopeless(&self, outcome: &Result<Answer, NoAnswer>) -> bool {
        match outcome {
            Ok(_) => {
                self.answered.store(true, Ordering::Relaxed);
                false
            }
            Err(why) => why.is_lasting() && !self.answered.load(Ordering::Relaxed),
        }
    }

    /// Waits while what was reported before is being shown.
    pub(super) async fn report(&self, attempt: Attempt) {
        // Nobody listens once the run has been ended.
        let _ = self.reports.send(attempt).await;
    }
}
