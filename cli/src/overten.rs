//! What Overten's API looks like to this program, as named data, each with where it is known from.
//!
//! *Documented* facts come from Overten's public text; *assumed* ones are not in it, and are what an API of this kind most
//! likely has. `simulate` speaks exactly this, and the commands that call the API expect exactly this: a correction is one
//! line here.

use serde::{Deserialize, Serialize};

/// What `--help` says of it.
pub(crate) const STATUS: &str = "\
What is documented of Overten: POST /webhooks makes a subscription with a secret of its own; subscriptions can be listed \
and deleted; GET /verify gives the organisation's secret, which signs the webhook of a generation call's webhook_url; a \
delivery has 15 s; anything but 2xx is retried with growing delays, and a 4xx never.
What is assumed, since Overten's public text does not say it: the shapes of these requests and replies, their statuses, \
listing by GET /webhooks and deleting by DELETE /webhooks/ID, the path of the generation call (POST /generate), the \
authorisation header, how often a delivery is retried and after what delays, that a retry is signed anew, and that a \
deleted subscription's retries end.";

/// `POST` makes a subscription. Documented. `GET` lists them, and `DELETE` with an id behind it deletes one: **assumed.**
pub(crate) const WEBHOOKS: &str = "webhooks";

/// `GET` gives the organisation's secret. Documented.
pub(crate) const VERIFY: &str = "verify";

/// `POST` begins a generation. **Assumed**; that it may name a `webhook_url` is documented.
pub(crate) const GENERATE: &str = "generate";

/// The header that authorises a call. **Assumed.**
pub(crate) const AUTHORIZATION: &str = "Authorization";

/// The status of a subscription just made. **Assumed**: any 2xx is taken.
pub(crate) const CREATED: u16 = 201;

/// The status of a subscription just deleted. **Assumed**: any 2xx is taken.
pub(crate) const DELETED: u16 = 204;

/// The status of a generation just begun. **Assumed.**
pub(crate) const BEGUN: u16 = 202;

/// What makes a subscription. **Assumed.**
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct NewSubscription {
    /// Where its deliveries go.
    pub(crate) url: String,
    /// Which events it is for; every one where there are none.
    #[serde(default)]
    pub(crate) events: Vec<String>,
}

/// A subscription as it is listed. **Assumed.**
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) events: Vec<String>,
}

/// What can be read of a subscription just made where the rest cannot. **Assumed.**
#[derive(Deserialize)]
pub(crate) struct Identified {
    pub(crate) id: String,
}

/// A subscription just made: the only time that its secret is shown. **Assumed.**
#[derive(Serialize, Deserialize)]
pub(crate) struct CreatedSubscription {
    #[serde(flatten)]
    pub(crate) subscription: Subscription,
    pub(crate) secret: String,
}

/// All subscriptions. **Assumed.**
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Subscriptions {
    pub(crate) webhooks: Vec<Subscription>,
}

/// The organisation. **Assumed**, but for its holding a secret.
#[derive(Serialize, Deserialize)]
pub(crate) struct Organisation {
    pub(crate) webhook_secret: String,
}

/// What begins a generation. **Assumed**, but for `webhook_url`.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct NewGeneration {
    #[serde(default)]
    pub(crate) webhook_url: Option<String>,
    /// The run to go on with; a new one where it is absent.
    #[serde(default)]
    pub(crate) run_id: Option<String>,
    /// What `simulate` is to do about it; nothing that Overten knows.
    #[serde(default)]
    pub(crate) simulate: Faults,
}

/// A generation just begun. **Assumed.**
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Generation {
    pub(crate) run_id: String,
    pub(crate) task_id: String,
}

/// What goes wrong with a generation's deliveries: our own, for tests.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Faults {
    /// The event instead of `run.completed`.
    pub(crate) event: Option<String>,
    /// A preset of `send`, such as `forged`, for every delivery.
    pub(crate) preset: Option<String>,
    /// How long the body takes on its way, in milliseconds.
    pub(crate) slow_ms: u64,
    /// How many times more each delivery is posted, at the same moment.
    pub(crate) duplicates: u32,
    /// A `run.failed` of an earlier task of this run follows once this one's deliveries have settled.
    pub(crate) out_of_order: bool,
    /// For so long the API answers 503, and nothing is delivered, in milliseconds.
    pub(crate) down_ms: u64,
}
