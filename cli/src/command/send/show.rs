//! What is shown of a run: a line for each attempt or JSON, a bar on long runs, the summary.

use std::io::{self, BufWriter, Stdout, Write as _};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::attempt::Attempt;
use super::run::Plan;
use super::tally::{Percentiles, Summary, Tally};
use crate::failure::Failure;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const FAINT: Style = Style::new().dimmed();

/// Longer runs show a bar, and of their attempts only those that did not end as they should.
const SHOWN_WHOLE: u64 = 20;

/// How many of those.
const SHOWN_WRONG: u64 = 20;

/// Writes results to standard output, and the bar to standard error where that is a terminal.
pub(super) struct Show {
    to: BufWriter<AutoStream<Stdout>>,
    json: bool,
    is_whole: bool,
    wrong: u64,
    secret: String,
    bar: ProgressBar,
    /// Nobody reads standard output any more.
    is_closed: bool,
}

impl Show {
    pub(super) fn new(json: bool, plan: &Plan) -> Self {
        let is_whole = plan.count <= SHOWN_WHOLE;
        let bar = if is_whole {
            ProgressBar::hidden()
        } else {
            ProgressBar::new(plan.count)
        };
        if let Ok(style) =
            ProgressStyle::with_template("{bar:40} {pos} of {len}, {per_sec}, {eta} left")
        {
            bar.set_style(style);
        }
        let secret = plan.signer.secret();
        Self {
            to: BufWriter::new(anstream::stdout()),
            json,
            is_whole,
            wrong: 0,
            secret: format!(
                "`{}` (fingerprint {})",
                secret.label(),
                secret.fingerprint()
            ),
            bar,
            is_closed: false,
        }
    }

    pub(super) fn attempt(&mut self, attempt: &Attempt) -> Result<(), Failure> {
        if attempt.settled.is_some() && attempt.copy != Some(2) {
            self.bar.inc(1);
        }
        if self.json {
            let shown = json_line(&mut self.to, attempt);
            return self.written(shown);
        }
        if attempt.as_expected == Some(false) {
            self.wrong += 1;
        }
        let is_wrong = attempt.as_expected == Some(false) && self.wrong <= SHOWN_WRONG;
        if !self.is_whole && !is_wrong {
            return Ok(());
        }
        let bar = self.bar.clone();
        let shown = bar.suspend(|| self.line(attempt).and_then(|()| self.to.flush()));
        self.written(shown)
    }

    fn line(&mut self, attempt: &Attempt) -> io::Result<()> {
        let style = match (attempt.as_expected, attempt.settled) {
            (Some(true), _) => GOOD,
            (Some(false), _) => BAD,
            (None, _) => FAINT,
        };
        let Attempt {
            delivery,
            key,
            answer,
            preset,
            milliseconds,
            timestamp,
            body_bytes,
            ..
        } = attempt;
        let again = attempt
            .retry_in_seconds
            .map(|seconds| format!("; again in {seconds} s"));
        let unexpected = match attempt.as_expected {
            Some(false) => "; not what was expected",
            _ => "",
        };
        writeln!(
            self.to,
            "{delivery:>3}  {style}{answer}{style:#}  {key}  {}, {milliseconds:.1} ms{}{unexpected}",
            preset.name(),
            again.unwrap_or_default(),
        )?;
        let digest = attempt.body_sha256.get(..16).unwrap_or_default();
        let secret = preset.signed_with(&self.secret);
        writeln!(
            self.to,
            "     {FAINT}timestamp {timestamp}, {body_bytes} bytes, SHA-256 {digest}…, signed with {secret}{FAINT:#}"
        )
    }

    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        let flushed = self.to.flush();
        self.written(flushed)
    }

    /// Whether all that is still to be shown would be read by nobody: a reader that has seen enough (`head`).
    pub(super) const fn is_closed(&self) -> bool {
        self.is_closed
    }

    fn written(&mut self, result: io::Result<()>) -> Result<(), Failure> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.is_closed = true,
            Err(error) => {
                return Err(Failure::new(
                    format_args!("standard output cannot be written: {error}"),
                    "free space where it goes, or write it elsewhere",
                ));
            }
            Ok(()) => {}
        }
        Ok(())
    }

    pub(super) fn summary(&mut self, tally: &Tally) -> Result<(), Failure> {
        self.bar.finish_and_clear();
        let summary = tally.summary();
        let shown = match self.json {
            true => json_line(&mut self.to, &InJson { summary }),
            false => self.summary_lines(&summary),
        };
        let shown = shown.and_then(|()| self.to.flush());
        self.written(shown)
    }

    fn summary_lines(&mut self, summary: &Summary<'_>) -> io::Result<()> {
        let Summary {
            deliveries,
            attempts,
            seconds,
            per_second,
            ..
        } = summary;
        let to = &mut self.to;
        writeln!(
            to,
            "{deliveries} deliveries, {attempts} attempts in {seconds:.2} s ({per_second:.0} a second)"
        )?;
        let settled = summary.settled;
        writeln!(
            to,
            "settled       {} with 2xx, {} with 4xx, {} given up",
            settled.acknowledged, settled.refused, settled.given_up
        )?;
        let answers: Vec<_> = summary
            .by_answer
            .iter()
            .map(|(answer, count)| format!("{answer}: {count}"))
            .collect();
        writeln!(to, "answers       {}", answers.join(", "))?;
        if let Some(times) = &summary.milliseconds {
            let Percentiles { p50, p90, p99, max } = times;
            writeln!(
                to,
                "milliseconds  p50 {p50:.1}, p90 {p90:.1}, p99 {p99:.1}, max {max:.1}"
            )?;
        }
        match summary.unexpected {
            0 => Ok(()),
            count => writeln!(to, "{BAD}{count} did not end as expected{BAD:#}"),
        }
    }
}

#[derive(Serialize)]
struct InJson<'a> {
    summary: Summary<'a>,
}

fn json_line(to: &mut impl io::Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *to, value)?;
    writeln!(to)
}
