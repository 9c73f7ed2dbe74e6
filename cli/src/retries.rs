//! When a delivery that got no 2xx is posted again.

use std::time::Duration;

/// How often, and after what delays. Flattened into the arguments of each command that posts.
///
/// Overten's public text says that it retries anything but 2xx with growing delays and never a 4xx; how often and after
/// how long it does not say. The numbers here are our own.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Retries {
    /// How often a delivery is posted again that got no 2xx and no 4xx. How often Overten does is not known.
    #[arg(long, value_name = "N", default_value_t = 8)]
    retries: u32,

    /// The delay before the first retry; each one after it doubles. Overten's are not known, only that they grow.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = crate::duration::parse)]
    retry_delay: Duration,

    /// The longest delay between two attempts.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = crate::duration::parse)]
    retry_delay_cap: Duration,
}

impl Retries {
    #[cfg(test)]
    const fn new(retries: u32, retry_delay: Duration, retry_delay_cap: Duration) -> Self {
        Self {
            retries,
            retry_delay,
            retry_delay_cap,
        }
    }

    /// The delay after the attempt of this number, from 1; `None` where it was the last one.
    pub(crate) fn delay_after(&self, attempt: u32) -> Option<Duration> {
        if attempt > self.retries {
            return None;
        }
        let doublings = attempt.saturating_sub(1).min(31);
        let delay = self.retry_delay.saturating_mul(1 << doublings);
        Some(delay.min(self.retry_delay_cap))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_cap_and_end() {
        let retries = Retries::new(4, Duration::from_secs(2), Duration::from_secs(9));
        let delays: Vec<_> = (1..=5)
            .map(|attempt| retries.delay_after(attempt).map(|delay| delay.as_secs()))
            .collect();
        assert_eq!(delays, [Some(2), Some(4), Some(8), Some(9), None]);
        let endless = Retries::new(u32::MAX, Duration::from_secs(1), Duration::MAX);
        assert!(endless.delay_after(4000).is_some());
    }
}
