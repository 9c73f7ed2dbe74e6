//! The deliveries that follow a generation.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ::http::HeaderValue;
use overten_webhook::scheme::{RUN_COMPLETED, RUN_FAILED};
use reqwest::Url;
use serde_json::json;
use tokio::task::JoinSet;

use super::state::Simulator;
use crate::clock::now;
use crate::http::{Client, Pace};
use crate::making::{Circumstances, Content, Preset, Signer, documented};
use crate::overten::{Generation, NewGeneration};

/// Where an event goes, and what signs it there.
#[derive(Clone)]
struct Target {
    url: Url,
    signer: Arc<Signer>,
    /// `None` for the address that a generation call names.
    subscription: Option<String>,
}

/// Posts a generation's events to every subscription that wants them and to the address that the call named.
pub(super) async fn deliver(
    simulator: Arc<Simulator>,
    generation: Generation,
    new: NewGeneration,
    preset: Preset,
) {
    let event = new.simulate.event.as_deref().unwrap_or(RUN_COMPLETED);
    let body = documented(event, &generation.run_id, &generation.task_id);
    one_event(&simulator, event, &body, &new, preset).await;
    if new.simulate.out_of_order {
        let earlier = format!("{}_earlier", generation.task_id);
        let body = documented(RUN_FAILED, &generation.run_id, &earlier);
        one_event(&simulator, RUN_FAILED, &body, &new, preset).await;
    }
}

async fn one_event(
    simulator: &Arc<Simulator>,
    event: &str,
    body: &str,
    new: &NewGeneration,
    preset: Preset,
) {
    let mut posts = JoinSet::new();
    for target in targets(simulator, event, new) {
        for _ in 0..=new.simulate.duplicates.min(100) {
            let post = Post {
                simulator: Arc::clone(simulator),
                target: target.clone(),
                event: event.to_owned(),
                body: body.to_owned(),
                preset,
                slow: Duration::from_millis(new.simulate.slow_ms),
            };
            posts.spawn(post.settle());
        }
    }
    while posts.join_next().await.is_some() {}
}

fn targets(simulator: &Simulator, event: &str, new: &NewGeneration) -> Vec<Target> {
    let subscribed = simulator.subscriptions();
    let wanting = subscribed.iter().filter(|held| {
        let events = &held.subscription.events;
        events.is_empty() || events.iter().any(|wanted| wanted == event)
    });
    let mut targets: Vec<_> = wanting
        .filter_map(|held| {
            Some(Target {
                url: held.subscription.url.parse().ok()?,
                signer: Arc::clone(&held.signer),
                subscription: Some(held.subscription.id.clone()),
            })
        })
        .collect();
    let named = new.webhook_url.as_deref().and_then(|url| url.parse().ok());
    targets.extend(named.map(|url| Target {
        url,
        signer: Arc::clone(&simulator.organisation),
        subscription: None,
    }));
    targets
}

/// One delivery to one address.
struct Post {
    simulator: Arc<Simulator>,
    target: Target,
    event: String,
    body: String,
    preset: Preset,
    slow: Duration,
}

impl Post {
    async fn settle(self) {
        let circumstances = Circumstances {
            slow_body_time: self.slow,
            too_large_bytes: overten_webhook::DEFAULT_MAX_BODY_BYTES + 1,
            age_seconds: 0,
        };
        let client = match Client::new(&self.target.url, self.simulator.time_out) {
            Ok(client) => client,
            Err(failure) => {
                failure.report();
                return;
            }
        };
        let signed = self
            .preset
            .signed_body(self.body.clone().into(), &circumstances);
        let content = Content::of(signed, &self.target.signer);
        let mut first_signed_at = None;
        for attempt in 1.. {
            // While Overten is down, nothing goes out.
            while !self.simulator.down_for().is_zero() {
                if !self.simulator.wait(self.simulator.down_for()).await {
                    return self.say_given_up(&content);
                }
            }
            let signed_at = self.preset.signed_at(now(), &circumstances);
            let first = *first_signed_at.get_or_insert(signed_at);
            let signed_at = if self.simulator.reuse_timestamp {
                first
            } else {
                signed_at
            };
            let is_settled = self
                .attempt(&client, &content, attempt, signed_at, &circumstances)
                .await;
            if is_settled {
                return;
            }
            let delay = self.simulator.retries.delay_after(attempt);
            let Some(delay) = delay.filter(|_| self.is_still_wanted()) else {
                return self.say_given_up(&content);
            };
            if !self.simulator.wait(delay).await {
                return self.say_given_up(&content);
            }
        }
    }

    async fn attempt(
        &self,
        client: &Client,
        content: &Content,
        attempt: u32,
        signed_at: overten_webhook::UnixSeconds,
        circumstances: &Circumstances,
    ) -> bool {
        let Ok(event) = HeaderValue::from_bytes(self.event.as_bytes()) else {
            return true;
        };
        let Ok(headers) =
            self.preset
                .headers(&self.target.signer, signed_at, &event, &content.body)
        else {
            return true;
        };
        let pace = match self.preset.pace(attempt, circumstances) {
            Pace::AtOnce if !self.slow.is_zero() => Pace::Over(self.slow),
            pace => pace,
        };
        let begun = Instant::now();
        let body = self.preset.sent_body(&content.body);
        let outcome = client.post(&self.target.url, headers, body, pace).await;
        let (answer, status) = match &outcome {
            Ok(answer) => (answer.words(), Some(answer.status)),
            Err(why) => (format!("no answer: {why}"), None),
        };
        let milliseconds = begun.elapsed().as_secs_f64() * 1000.0;
        let signed_by = self
            .target
            .subscription
            .as_deref()
            .unwrap_or("organisation");
        self.simulator.say(
            &format!("{answer}  {} to {} (signed by {signed_by}, attempt {attempt}, {milliseconds:.0} ms)", content.key, self.target.url),
            &json!({
                "delivered": content.key, "event": content.event, "run_id": content.run_id, "task_id": content.task_id,
                "url": self.target.url.as_str(), "subscription": self.target.subscription, "attempt": attempt,
                "answer": answer, "status": status, "milliseconds": milliseconds,
            }),
        );
        matches!(status, Some(200..300 | 400..500))
    }

    fn is_still_wanted(&self) -> bool {
        let id = self.target.subscription.as_deref();
        id.is_none_or(|id| self.simulator.is_subscribed(id))
    }

    fn say_given_up(&self, content: &Content) {
        self.simulator.say(
            &format!("given up  {} to {}", content.key, self.target.url),
            &json!({ "given_up": content.key, "url": self.target.url.as_str(), "subscription": self.target.subscription }),
        );
    }
}
