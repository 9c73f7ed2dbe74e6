//! Spans of time as they are written in arguments.

use std::time::Duration;

/// Reads `250ms`, `5s`, `2m`, `1h`, or a bare number of seconds, with a decimal point or without.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let (_, unit) = text.split_at(digits.len());
    let seconds_each = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("no unit `{unit}` is known: write ms, s, m or h")),
    };
    let number: f64 = digits
        .parse()
        .map_err(|_| "write a number and its unit, such as 250ms, 5s or 2m".to_owned())?;
    Duration::try_from_secs_f64(number * seconds_each)
        .map_err(|_| "a span of time is neither negative nor endless".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_each_unit_and_refuses_the_rest() {
        for (text, milliseconds) in [
            ("250ms", 250),
            ("5s", 5000),
            ("0.5", 500),
            ("2m", 120_000),
            ("1h", 3_600_000),
        ] {
            assert_eq!(
                parse(text),
                Ok(Duration::from_millis(milliseconds)),
                "{text}"
            );
        }
        for text in ["", "s", "-1s", "1d", "NaN", "inf", "1e400"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
