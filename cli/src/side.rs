//! One side of a tolerance, as an argument.

/// Seconds; none where that side is switched off.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Side(pub(crate) Option<u64>);

/// Reads a number of seconds, or `off`.
pub(crate) fn side(text: &str) -> Result<Side, &'static str> {
    match text {
        "off" => Ok(Side(None)),
        text => text
            .parse()
            .map(|seconds| Side(Some(seconds)))
            .map_err(|_| "neither a number of seconds nor 'off'"),
    }
}
