//! One delivery, from its first attempt to its last.

use std::time::Instant;

use hyper::body::Bytes;
use overten_webhook::UnixSeconds;
use sha2::{Digest as _, Sha256};

use super::attempt::{Attempt, Settled, words};
use super::run::Run;
use crate::clock::now;
use crate::failure::Failure;
use crate::http::NoAnswer;
use crate::making::{Content, Expected, Preset};

/// A delivery that is to be posted until it settles.
pub(super) struct Job<'a> {
    pub(super) run: &'a Run,
    pub(super) number: u64,
    pub(super) copy: Option<u8>,
    pub(super) preset: Preset,
    pub(super) content: &'a Content,
    pub(super) body: &'a Bytes,
    /// The receiver cannot have seen it.
    pub(super) is_first: bool,
    /// It must have seen it.
    pub(super) is_second: bool,
}

impl Job<'_> {
    /// # Errors
    ///
    /// The time cannot be signed.
    pub(super) async fn settle(self) -> Result<Settled, Failure> {
        let plan = &self.run.plan;
        let mut first_signed_at = None;
        let mut number = 1;
        loop {
            let signed_at = self.preset.signed_at(now(), &plan.circumstances);
            let signed_at = match first_signed_at {
                Some(first) if plan.reuse_timestamp => first,
                _ => *first_signed_at.insert(signed_at),
            };
            let (attempt, delay) = self.attempt(number, signed_at).await?;
            let settled = attempt.settled;
            self.run.report(attempt).await;
            if let Some(settled) = settled {
                return Ok(settled);
            }
            tokio::time::sleep(delay).await;
            number += 1;
        }
    }

    async fn attempt(
        &self,
        number: u32,
        signed_at: UnixSeconds,
    ) -> Result<(Attempt, std::time::Duration), Failure> {
        let plan = &self.run.plan;
        let content = self.content;
        let headers =
            self.preset
                .headers(&plan.signer, signed_at, &plan.event_header, &content.body)?;
        let pace = self.preset.pace(number, &plan.circumstances);
        let begun = Instant::now();
        let outcome = plan
            .client
            .post(&plan.url, headers, self.body.clone(), pace)
            .await;
        let milliseconds = begun.elapsed().as_secs_f64() * 1000.0;

        let (answer, status, code) = words(&outcome);
        let is_expected = match (&outcome, status) {
            (Err(NoAnswer::BrokenOff), _) => true,
            (_, Some(status)) => self
                .expected(number)
                .iter()
                .any(|expected| expected.is(status, code)),
            _ => false,
        };
        let delay = match self.run.is_hopeless(&outcome) {
            true => None,
            false => plan.retries.delay_after(number),
        };
        // A preset that wants a 503 has it now; a broken body is to be followed by a whole one.
        let is_done = delay.is_none() || (is_expected && status.is_some());
        let settled = Settled::by(status, code).or(is_done.then_some(Settled::GivenUp));
        let delay = delay.unwrap_or_default();
        let attempt = Attempt {
            delivery: self.number,
            copy: self.copy,
            preset: self.preset,
            authentic: self.preset.is_authentic(),
            event: content.event.clone(),
            run_id: content.run_id.clone(),
            task_id: content.task_id.clone(),
            key: content.key.clone(),
            attempt: number,
            timestamp: signed_at.get(),
            body_bytes: self.body.len(),
            body_sha256: hex(&Sha256::digest(self.body)),
            answer,
            status,
            code: code.map(overten_webhook::Code::as_str),
            milliseconds,
            retry_in_seconds: settled.is_none().then_some(delay.as_secs_f64()),
            settled,
            as_expected: settled.map(|_| is_expected),
            no_answer: outcome.err(),
        };
        Ok((attempt, delay))
    }

    fn expected(&self, attempt: u32) -> Vec<Expected> {
        let plan = &self.run.plan;
        if let Some(expected) = plan.expect {
            return vec![expected];
        }
        if self.is_second {
            return vec![Expected::Code(overten_webhook::Code::Duplicate)];
        }
        // An attempt without an answer, or whose answer was lost, may have been taken in.
        let is_first = self.is_first && attempt == 1;
        self.preset
            .expected(self.content, is_first, &plan.circumstances)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
