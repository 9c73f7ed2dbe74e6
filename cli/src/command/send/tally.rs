//! What a run came to.

use std::collections::BTreeMap;
use std::time::Instant;

use hdrhistogram::Histogram;
use reqwest::Url;
use serde::Serialize;

use super::attempt::{Attempt, Settled};
use crate::failure::{Failure, Status};
use crate::http::NoAnswer;

const HIGHEST_MICROSECONDS: u64 = 3600 * 1_000_000;

/// Counts as the attempts come; its size does not grow with them.
pub(super) struct Tally {
    begun: Instant,
    attempts: u64,
    settled: Counts,
    unexpected: u64,
    by_answer: BTreeMap<String, u64>,
    microseconds: Histogram<u64>,
    answered: bool,
    first_failure: Option<NoAnswer>,
}

#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Counts {
    #[serde(rename = "2xx")]
    pub(super) acknowledged: u64,
    #[serde(rename = "4xx")]
    pub(super) refused: u64,
    pub(super) given_up: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct Summary<'a> {
    /// Those that settled; one that is sent twice counts twice.
    pub(super) deliveries: u64,
    pub(super) attempts: u64,
    pub(super) settled: Counts,
    pub(super) unexpected: u64,
    pub(super) by_answer: &'a BTreeMap<String, u64>,
    /// Of the attempts that were answered, where any was.
    pub(super) milliseconds: Option<Percentiles>,
    pub(super) seconds: f64,
    /// Attempts a second.
    pub(super) per_second: f64,
}

#[derive(Debug, Serialize)]
pub(super) struct Percentiles {
    pub(super) p50: f64,
    pub(super) p90: f64,
    pub(super) p99: f64,
    pub(super) max: f64,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self {
            begun: Instant::now(),
            attempts: 0,
            settled: Counts::default(),
            unexpected: 0,
            by_answer: BTreeMap::new(),
            microseconds: Histogram::new_with_bounds(1, HIGHEST_MICROSECONDS, 3)
                .unwrap_or_else(|_| unreachable!("the bounds are constants that fit")),
            answered: false,
            first_failure: None,
        }
    }

    pub(super) fn count(&mut self, attempt: &Attempt) {
        self.attempts += 1;
        match self.by_answer.get_mut(&attempt.answer) {
            Some(count) => *count += 1,
            None => {
                self.by_answer.insert(attempt.answer.clone(), 1);
            }
        }
        match &attempt.no_answer {
            None => {
                self.answered = true;
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "casts of floats saturate"
                )]
                self.microseconds
                    .saturating_record((attempt.milliseconds * 1000.0) as u64);
            }
            Some(why) => {
                self.first_failure.get_or_insert_with(|| why.clone());
            }
        }
        match attempt.settled {
            None => {}
            Some(Settled::Refused) => self.settled.refused += 1,
            Some(Settled::GivenUp) => self.settled.given_up += 1,
            Some(_) => self.settled.acknowledged += 1,
        }
        if attempt.as_expected == Some(false) {
            self.unexpected += 1;
        }
    }

    /// Why the run's first attempt was not answered, where it will be tried again: said at once, since that may take long.
    pub(super) fn first_failure_of_all<'a>(&self, attempt: &'a Attempt) -> Option<&'a NoAnswer> {
        let will_be_tried = attempt.settled.is_none();
        let why = attempt
            .no_answer
            .as_ref()
            .filter(|why| **why != NoAnswer::BrokenOff);
        why.filter(|_| self.attempts == 1 && will_be_tried)
    }

    /// Nothing was ever answered, for a reason that another attempt does not mend.
    pub(super) fn is_hopeless(&self) -> bool {
        !self.answered
            && self
                .first_failure
                .as_ref()
                .is_some_and(NoAnswer::is_lasting)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "counts and times stay far below 2^53"
    )]
    pub(super) fn summary(&self) -> Summary<'_> {
        let seconds = self.begun.elapsed().as_secs_f64();
        let Counts {
            acknowledged,
            refused,
            given_up,
        } = self.settled;
        let milliseconds = |microseconds: u64| microseconds as f64 / 1000.0;
        let at = |quantile| milliseconds(self.microseconds.value_at_quantile(quantile));
        Summary {
            deliveries: acknowledged + refused + given_up,
            attempts: self.attempts,
            settled: self.settled,
            unexpected: self.unexpected,
            by_answer: &self.by_answer,
            milliseconds: self.answered.then(|| Percentiles {
                p50: at(0.5),
                p90: at(0.9),
                p99: at(0.99),
                max: milliseconds(self.microseconds.max()),
            }),
            seconds,
            per_second: self.attempts as f64 / seconds,
        }
    }

    /// # Errors
    ///
    /// Nothing was ever answered, and that was not what the run was for.
    pub(super) fn verdict(&self, url: &Url) -> Result<Status, Failure> {
        match &self.first_failure {
            Some(why) if !self.answered && *why != NoAnswer::BrokenOff => Err(why.failure(url)),
            _ if self.unexpected > 0 => Ok(Status::Unexpected),
            _ => Ok(Status::Done),
        }
    }
}
