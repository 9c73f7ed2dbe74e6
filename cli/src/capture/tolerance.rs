//! How far from the clock a delivery may lie.

use overten_webhook::Tolerance;

use crate::side::{Side, side};

/// The tolerance; each side can be set by itself, by the name that it has in every stack.
#[derive(Debug, clap::Args)]
pub(crate) struct ToleranceArguments {
    /// How far from the clock a delivery may lie, in seconds, on both sides; `off` for any distance
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = side)]
    tolerance: Side,

    /// How old it may be; `off` for any age [default: what --tolerance says]
    #[arg(long, value_name = "SECONDS", value_parser = side)]
    tolerance_past_seconds: Option<Side>,

    /// How far ahead of the clock it may be; `off` for any distance [default: what --tolerance says]
    #[arg(long, value_name = "SECONDS", value_parser = side)]
    tolerance_future_seconds: Option<Side>,
}

impl ToleranceArguments {
    pub(crate) fn tolerance(&self) -> Tolerance {
        let past = self.tolerance_past_seconds.unwrap_or(self.tolerance).0;
        let future = self.tolerance_future_seconds.unwrap_or(self.tolerance).0;
        let tolerance = Tolerance::off();
        let tolerance = past.map_or(tolerance, |seconds| tolerance.with_past(seconds));
        future.map_or(tolerance, |seconds| tolerance.with_future(seconds))
    }
}
