//! What a delivery says.

use hyper::body::Bytes;
use overten_webhook::Scope;
use overten_webhook::scheme::{RUN_COMPLETED, RUN_FAILED};
use serde::Serialize;

use super::{Circumstances, Preset, Signer};

/// The bytes that are signed, and what a receiver that has the secret would read in them.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    pub(crate) body: Bytes,
    /// `None` where no event can be read.
    pub(crate) event: Option<String>,
    pub(crate) run_id: Option<String>,
    pub(crate) task_id: Option<String>,
    /// The key under which it is taken in, in the scope of runs.
    pub(crate) key: String,
}

impl Content {
    pub(crate) fn of(body: Bytes, signer: &Signer) -> Self {
        let mut content = Self {
            body: body.clone(),
            event: None,
            run_id: None,
            task_id: None,
            key: String::new(),
        };
        let Some(delivery) = signer.delivery(body) else {
            return content;
        };
        match delivery.event() {
            Ok(event) => {
                content.event = Some(event.name().to_owned());
                content.run_id = Some(event.run_id().to_owned());
                content.task_id = event.task_id().map(str::to_owned);
                content.key = event.idempotency_key(Scope::Run).to_string();
            }
            Err(_) => content.key = delivery.body_key().to_string(),
        }
        content
    }
}

/// Where the bodies come from.
#[derive(Debug)]
pub(crate) enum Source {
    /// The fields that Overten documents, as compact JSON.
    Documented,
    /// A text in which `{{event}}`, `{{run_id}}`, `{{task_id}}` and `{{number}}` are filled in.
    Template(String),
    /// These very bytes, each time.
    Bytes(Bytes),
}

/// Makes one content after another, each of a run of its own.
#[derive(Debug)]
pub(crate) struct Maker {
    pub(crate) source: Source,
    pub(crate) event: String,
    pub(crate) run_id: Option<String>,
    pub(crate) task_id: Option<String>,
    /// Keeps the runs of one start of the program apart from another's.
    pub(crate) mark: String,
}

impl Maker {
    /// Whether every content has the key of the first.
    pub(crate) const fn repeats_itself(&self) -> bool {
        self.run_id.is_some() || matches!(self.source, Source::Bytes(_))
    }

    pub(crate) fn make(
        &self,
        number: u64,
        preset: Preset,
        circumstances: &Circumstances,
        signer: &Signer,
    ) -> Content {
        let body = match &self.source {
            Source::Bytes(bytes) => bytes.clone(),
            Source::Documented | Source::Template(_) => self.text(number).into(),
        };
        Content::of(preset.signed_body(body, circumstances), signer)
    }

    fn text(&self, number: u64) -> String {
        let run_id = self
            .run_id
            .clone()
            .unwrap_or_else(|| format!("run_{}_{number}", self.mark));
        let task_id = self
            .task_id
            .clone()
            .unwrap_or_else(|| format!("task_{}_{number}", self.mark));
        match &self.source {
            Source::Template(text) => text
                .replace("{{event}}", &escaped(&self.event))
                .replace("{{run_id}}", &escaped(&run_id))
                .replace("{{task_id}}", &escaped(&task_id))
                .replace("{{number}}", &number.to_string()),
            _ => documented(&self.event, &run_id, &task_id),
        }
    }
}

/// As it stands between the quotes of a JSON string.
fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted
        .trim_start_matches('"')
        .strip_suffix('"')
        .unwrap_or_default()
        .to_owned()
}

/// The fields that Overten's public text names; their order is not known.
#[derive(Serialize)]
struct Documented<'a> {
    event: &'a str,
    run_id: &'a str,
    task_id: &'a str,
    agent_name: &'a str,
    format: &'a str,
    #[serde(flatten)]
    outcome: Outcome,
    credits_used: u32,
    duration_ms: u32,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Outcome {
    Completed {
        status: &'static str,
        summary: &'static str,
        download_url: &'static str,
        edit_url: &'static str,
    },
    Failed {
        status: &'static str,
        error: &'static str,
        message: &'static str,
    },
    Other {},
}

/// The body of an event, as compact JSON.
pub(crate) fn documented(event: &str, run_id: &str, task_id: &str) -> String {
    let outcome = match event {
        RUN_COMPLETED => Outcome::Completed {
            status: "completed",
            summary: "Quarterly sales, three sheets",
            download_url: "https://files.example/report.xlsx",
            edit_url: "https://app.example/edit",
        },
        RUN_FAILED => Outcome::Failed {
            status: "failed",
            error: "generation_failed",
            message: "The agent could not finish",
        },
        _ => Outcome::Other {},
    };
    let body = Documented {
        event,
        run_id,
        task_id,
        agent_name: "excel_agent_api",
        format: "excel",
        outcome,
        credits_used: 84,
        duration_ms: 187_707,
    };
    serde_json::to_string(&body)
        .unwrap_or_else(|_| unreachable!("texts and numbers are always JSON"))
}
