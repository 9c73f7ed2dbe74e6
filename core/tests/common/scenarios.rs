//! How `tests/vectors/receiving.json` is read.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::collections::BTreeMap;
use std::fmt;

use overten_webhook::{
    Claim, Code, MismatchAnswer, Outcome, Receiver, Retention, Scope, SecretInput, Secrets,
    Verifier,
};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::files::{self, Header, bytes, given, path_of, read};

/// How long a step takes that is late and has no other time given.
pub(crate) const LATE_STEP_MS: u64 = 11_000;

pub(crate) fn scenarios() -> File {
    read(&path_of("receiving.json", "OVERTEN_RECEIVING_VECTORS"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    #[serde(rename = "format")]
    pub(crate) _format: String,
    #[serde(rename = "title")]
    pub(crate) _title: String,
    pub(crate) count: usize,
    pub(crate) scenarios: Vec<Scenario>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    pub(crate) id: String,
    #[serde(rename = "note")]
    pub(crate) _note: String,
    #[serde(default)]
    pub(crate) scripted_store: bool,
    pub(crate) settings: Settings,
    pub(crate) requests: Vec<Received>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) secrets: Vec<GivenSecret>,
    pub(crate) path: Option<String>,
    pub(crate) scope: Option<String>,
    pub(crate) mismatch: Option<u16>,
    #[serde(default, deserialize_with = "given")]
    pub(crate) tolerance: Option<Value>,
    pub(crate) max_body_bytes: Option<usize>,
    pub(crate) lease_seconds: Option<u64>,
    pub(crate) retention_seconds: Option<u64>,
}

impl Settings {
    /// The receiver, or one that says why there is none.
    pub(crate) fn receiver(&self) -> Receiver {
        let mut receiver = self
            .checked()
            .unwrap_or_else(|(code, why)| Receiver::misconfigured(code, &why));
        if let Some(path) = self.path.as_deref() {
            receiver = receiver
                .with_path(path)
                .unwrap_or_else(|why| Receiver::misconfigured(why.code(), &why));
        }
        if let Some(scope) = &self.scope {
            receiver = receiver.with_scope(scope.parse::<Scope>().unwrap());
        }
        if let Some(status) = self.mismatch {
            receiver =
                receiver.with_mismatch(status.to_string().parse::<MismatchAnswer>().unwrap());
        }
        let lease_seconds = self.lease_seconds.unwrap_or(Claim::DEFAULT_LEASE_SECONDS);
        receiver.with_lease_seconds(lease_seconds.try_into().unwrap())
    }

    pub(crate) fn checked(&self) -> Result<Receiver, (Code, String)> {
        let texts: Vec<_> = self.secrets.iter().map(GivenSecret::parts).collect();
        let inputs = texts.iter().map(|(label, secret)| match label {
            Some(label) => SecretInput::labelled(label.as_bytes(), secret),
            None => SecretInput::unlabelled(secret),
        });
        let secrets = Secrets::new(inputs).map_err(|error| (error.code(), error.to_string()))?;
        let mut verifier =
            Verifier::new(secrets).with_tolerance(files::tolerance(self.tolerance.as_ref()));
        if let Some(limit) = self.max_body_bytes {
            verifier = verifier.with_max_body_bytes(limit);
        }
        let retention = self
            .retention_seconds
            .map_or(Retention::default(), Retention::from_seconds);
        Receiver::new(verifier, retention).map_err(|error| (error.code(), error.to_string()))
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum GivenSecret {
    Plain(String),
    Labelled {
        label: Option<String>,
        secret: Option<String>,
        secret_hex: Option<String>,
    },
}

impl GivenSecret {
    pub(crate) fn parts(&self) -> (Option<&str>, Vec<u8>) {
        match self {
            Self::Plain(secret) => (None, secret.as_bytes().to_vec()),
            Self::Labelled {
                label,
                secret,
                secret_hex,
            } => (
                label.as_deref(),
                bytes(secret.as_deref(), secret_hex.as_deref(), 0),
            ),
        }
    }
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Received {
    pub(crate) at: i64,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<Header>,
    pub(crate) body: Option<String>,
    pub(crate) body_hex: Option<String>,
    #[serde(default)]
    pub(crate) body_spaces: usize,
    pub(crate) read: Option<Read>,
    pub(crate) claim: Option<Said>,
    #[serde(default)]
    pub(crate) waited_ms: u64,
    #[serde(default)]
    pub(crate) handler_ms: u64,
    #[serde(default)]
    pub(crate) hand_on: Said,
    #[serde(default)]
    pub(crate) set_aside: Said,
    #[serde(default)]
    pub(crate) commit: Said,
    #[serde(default)]
    pub(crate) release: Said,
    pub(crate) late: Option<String>,
    pub(crate) expect: Expect,
    pub(crate) expect_in_thread: Option<Expect>,
}

impl Received {
    pub(crate) fn body(&self) -> Vec<u8> {
        bytes(
            self.body.as_deref(),
            self.body_hex.as_deref(),
            self.body_spaces,
        )
    }

    pub(crate) fn ends_in_release(&self) -> bool {
        self.expect
            .steps
            .last()
            .is_some_and(|step| step == "release")
    }

    pub(crate) fn is_late(&self, step: &str) -> bool {
        self.late.as_deref() == Some(step)
    }
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Read {
    pub(crate) broken_off: String,
}

/// What the store or a user's function says.
#[derive(Clone, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Said {
    #[default]
    Done,
    New,
    Duplicate,
    InFlight,
    ClaimLost,
    Failed(String),
    FailedForGood(String),
}

impl Said {
    pub(crate) const fn outcome(&self) -> Outcome {
        match self {
            Self::Done => Outcome::Done,
            Self::New => Outcome::New,
            Self::Duplicate => Outcome::Duplicate,
            Self::InFlight => Outcome::InFlight,
            Self::ClaimLost => Outcome::ClaimLost,
            Self::Failed(_) => Outcome::Failed,
            Self::FailedForGood(_) => Outcome::FailedForGood,
        }
    }

    pub(crate) const fn claim(&self) -> Option<Claim> {
        match self {
            Self::New => Some(Claim::New),
            Self::Duplicate => Some(Claim::Duplicate),
            Self::InFlight => Some(Claim::InFlight),
            _ => None,
        }
    }

    pub(crate) fn why(&self) -> Option<&[u8]> {
        match self {
            Self::Failed(why) | Self::FailedForGood(why) => Some(why.as_bytes()),
            _ => None,
        }
    }
}

#[derive(Clone, Deserialize, Debug, PartialEq, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    pub(crate) code: String,
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
    pub(crate) steps: Vec<String>,
    pub(crate) key: Option<String>,
    pub(crate) handed_on: bool,
    pub(crate) set_aside: Option<String>,
    pub(crate) lines: Vec<Line>,
}

/// An object whose members are compared in their order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line(pub(crate) Vec<(String, Value)>);

impl Line {
    pub(crate) fn remove(&mut self, name: &str) -> Value {
        let at = self.0.iter().position(|(it, _)| it == name).unwrap();
        self.0.remove(at).1
    }
}

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Line;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Line, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Line(members))
    }
}
