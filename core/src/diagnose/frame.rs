//! What may have been signed around the body: the timestamp in each reading, in each way of joining the two.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::calendar::{iso_forms, seconds_in_words, seconds_of_iso};
use super::cause::{Cause, Causes};
use super::coding;
use super::headers::Values;
use super::suspicion::Suspicion;
use crate::headers::trim_spaces_and_tabs;
use crate::scheme::{self, MAX_TIMESTAMP_DIGITS};
use crate::time::UnixSeconds;

/// Bytes before and after the body in the signed content.
pub(super) struct Frame {
    pub(super) before: Vec<u8>,
    pub(super) after: Vec<u8>,
    pub(super) causes: Causes,
    /// The time that its timestamp stands for; `None` where it has none of its own.
    pub(super) seconds: Option<i64>,
    /// How many guesses it takes: what the headers show by themselves is none.
    pub(super) guesses: u32,
}

const SEPARATORS: [&str; 12] = [
    "", "\n", ":", ",", "|", " ", "-", "_", ";", "/", "&", "\r\n",
];
const SEPARATORS_AFTER: [&str; 5] = [".", "", "\n", ":", "|"];

/// The longest timestamp, and name of an event, that may have been signed: each frame has a copy of it.
const LONGEST: usize = 100;

/// How many seconds before the clock's a dropped timestamp may lie.
const DROPPED_WITHIN: i64 = 5;

/// Every frame that takes at most two guesses, those that take fewest first.
pub(super) fn frames(timestamp: &Values<'_>, event: Option<&[u8]>, now: UnixSeconds) -> Vec<Frame> {
    let readings = readings(timestamp, now);
    let mut frames: Vec<Frame> = Vec::new();
    // Without the timestamp every reading of it is the same; there is none of one that is too long.
    let too_long = (Causes::of(Cause::TimestampMalformed), None);
    let first = readings.first();
    let (causes, seconds) = first.map_or(too_long, |first| (first.causes, first.seconds));
    frames.push(Frame {
        before: Vec::new(),
        after: Vec::new(),
        causes: causes.with(Cause::BodyAloneSigned),
        seconds,
        guesses: 1,
    });
    let event = event.filter(|event| event.len() <= LONGEST);
    for reading in &readings {
        let mut add = |before: Vec<u8>, after: Vec<u8>, cause: Option<Cause>| {
            let guesses = reading.guesses.saturating_add(cause.is_some().into());
            let is_new = frames
                .iter()
                .all(|frame| frame.before != before || frame.after != after);
            if guesses <= 2 && is_new {
                frames.push(Frame {
                    before,
                    after,
                    causes: cause.map_or(reading.causes, |cause| reading.causes.with(cause)),
                    seconds: reading.seconds,
                    guesses,
                });
            }
        };
        let text = reading.text.as_slice();
        add(scheme::before_body(text).concat(), Vec::new(), None);
        for separator in SEPARATORS {
            add(
                [text, separator.as_bytes()].concat(),
                Vec::new(),
                Some(Cause::OtherSeparator),
            );
        }
        for separator in SEPARATORS_AFTER {
            add(
                Vec::new(),
                [separator.as_bytes(), text].concat(),
                Some(Cause::TimestampAfterBody),
            );
        }
        for before in parts(text, event) {
            add(before, Vec::new(), Some(Cause::OtherParts));
        }
    }
    frames.sort_by_key(|frame| frame.guesses);
    frames
}

/// What other schemes put before the body.
fn parts(timestamp: &[u8], event: Option<&[u8]>) -> Vec<Vec<u8>> {
    let mut parts = alloc::vec![
        [b"v0:", timestamp, b":"].concat(),
        [b"v1.".as_slice(), timestamp, b"."].concat(),
        [b"t=".as_slice(), timestamp, b"."].concat(),
    ];
    if let Some(event) = event {
        parts.push([event, b".", timestamp, b"."].concat());
        parts.push([timestamp, b".", event, b"."].concat());
    }
    parts
}

/// The time that the timestamp stands for, whatever its form.
pub(super) fn time_of(received: &Values<'_>) -> Option<i64> {
    let text = received.values.first()?.trim_ascii();
    let text = coding::unquoted(text).unwrap_or(text);
    Form::of(visible(text).as_deref().unwrap_or(text)).seconds()
}

/// What looks wrong with the form of a timestamp that nothing explains.
pub(super) fn suspicion(received: &Values<'_>) -> Option<Suspicion> {
    let text = trim_spaces_and_tabs(received.values.first()?);
    let parts = |of: u8| text.iter().filter(|byte| **byte == of).count();
    match Form::of(text) {
        Form::Seconds(_) => None,
        _ if visible(text).is_some() => Some(Suspicion::TimestampInvisible),
        Form::Iso { .. } | Form::Date { .. } => Some(Suspicion::TimestampDate),
        // A day alone, or a time in some other order.
        Form::Foreign if parts(b'-') > 1 || parts(b':') > 1 || parts(b'/') > 1 => {
            Some(Suspicion::TimestampDate)
        }
        Form::Finer { .. } | Form::Number { .. } | Form::Foreign => {
            Some(Suspicion::TimestampMalformed)
        }
    }
}

/// The text less what is no visible ASCII or space; `None` where it holds nothing else.
fn visible(text: &[u8]) -> Option<Vec<u8>> {
    let is_visible = |byte: &u8| matches!(byte, b' '..=b'~');
    let shown: Vec<u8> = text.iter().copied().filter(is_visible).collect();
    (shown.len() < text.len()).then(|| shown.trim_ascii().to_vec())
}

/// One reading of the timestamp.
struct Reading {
    text: Vec<u8>,
    causes: Causes,
    seconds: Option<i64>,
    guesses: u32,
}

fn readings(received: &Values<'_>, now: UnixSeconds) -> Vec<Reading> {
    let mut readings = Vec::new();
    let mut add = |text: &[u8], causes: Causes, seconds: Option<i64>, guesses: u32| {
        if readings
            .iter()
            .all(|earlier: &Reading| earlier.text != text)
        {
            readings.push(Reading {
                text: text.to_vec(),
                causes,
                seconds,
                guesses,
            });
        }
    };
    if received.values.is_empty() {
        add(b"", Causes::of(Cause::TimestampAbsent), None, 0);
        for back in -1..=DROPPED_WITHIN {
            let text = now.get().saturating_sub(back).to_string();
            add(
                text.as_bytes(),
                Causes::of(Cause::TimestampDropped),
                None,
                1,
            );
        }
        return readings;
    }
    let seen = match received.renamed {
        true => Causes::of(Cause::TimestampHeaderRenamed),
        false => Causes::NONE,
    };
    let is_list = |value: &&[u8]| value.contains(&b',') && !is_http_date(value);
    let repeated = received.several || received.values.iter().any(is_list);
    let seen = if repeated {
        seen.with(Cause::TimestampRepeated)
    } else {
        seen
    };
    for value in &received.values {
        let pieces = value.split(|byte| *byte == b',' && repeated).take(4);
        for piece in pieces.filter(|piece| piece.len() <= LONGEST) {
            let trimmed = piece.trim_ascii();
            let inner = coding::unquoted(trimmed);
            let outer = seen;
            let mut seen = inner.map_or(seen, |_| seen.with(Cause::TimestampQuoted));
            // What a header's value cannot have around it is part of the value.
            if trim_spaces_and_tabs(piece).len() > trimmed.len() {
                seen = seen.with(Cause::TimestampMalformed);
            }
            let text = inner.unwrap_or(trimmed);
            let form = Form::of(text);
            let seconds = form.seconds();
            add(
                text,
                form.cause().map_or(seen, |cause| seen.with(cause)),
                seconds,
                0,
            );
            for (other, cause) in form.others() {
                add(other.as_bytes(), seen.with(cause), seconds, 1);
            }
            if let Some(shown) = visible(text) {
                let seen = seen.with(Cause::TimestampInvisible);
                let form = Form::of(&shown);
                let seconds = form.seconds();
                let cause = form.cause();
                add(
                    &shown,
                    cause.map_or(seen, |cause| seen.with(cause)),
                    seconds,
                    1,
                );
                for (other, cause) in form.others() {
                    add(other.as_bytes(), seen.with(cause), seconds, 2);
                }
            }
            if inner.is_some() {
                add(trimmed, outer.with(Cause::TimestampMalformed), seconds, 1);
            }
            if piece.len() > trimmed.len() {
                add(piece, seen.with(Cause::TimestampSpace), seconds, 1);
            }
        }
        if repeated && value.len() <= LONGEST {
            add(value.trim_ascii(), seen, None, 1);
        }
    }
    readings
}

fn is_http_date(value: &[u8]) -> bool {
    value.ends_with(b"GMT")
}

/// What a timestamp looks like, with the time it stands for.
enum Form {
    Seconds(i64),
    /// A smaller unit: so many of it are a second.
    Finer {
        seconds: i64,
    },
    Iso {
        seconds: i64,
    },
    /// A date with the month's name.
    Date {
        seconds: i64,
    },
    /// A number that is not printed plainly. One that is not whole was rounded down or to the nearest.
    Number {
        seconds: i64,
        nearest: i64,
    },
    Foreign,
}

impl Form {
    fn of(text: &[u8]) -> Self {
        let Ok(text) = core::str::from_utf8(text) else {
            return Self::Foreign;
        };
        let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number: Option<u64> = text.parse().ok().filter(|_| is_plain);
        let unit = match text.len() {
            13 => 1_000,
            16 => 1_000_000,
            19 => 1_000_000_000,
            _ => 1,
        };
        let seconds = number.and_then(|number| i64::try_from(number.checked_div(unit)?).ok());
        match seconds {
            Some(seconds) if unit > 1 => Self::Finer { seconds },
            Some(seconds) if text.len() > 1 && text.starts_with('0') => Self::Number {
                seconds,
                nearest: seconds,
            },
            Some(seconds) if text.len() <= MAX_TIMESTAMP_DIGITS => Self::Seconds(seconds),
            _ => match (seconds_of_iso(text), seconds_of_number(text)) {
                (Some(seconds), _) => Self::Iso { seconds },
                (None, Some((seconds, nearest))) => Self::Number { seconds, nearest },
                (None, None) => {
                    seconds_in_words(text).map_or(Self::Foreign, |seconds| Self::Date { seconds })
                }
            },
        }
    }

    /// The time that it stands for.
    const fn seconds(&self) -> Option<i64> {
        match self {
            Self::Seconds(seconds)
            | Self::Finer { seconds }
            | Self::Iso { seconds }
            | Self::Date { seconds }
            | Self::Number { seconds, .. } => Some(*seconds),
            Self::Foreign => None,
        }
    }

    /// What is wrong with it, if it was signed as it stands.
    const fn cause(&self) -> Option<Cause> {
        match self {
            Self::Seconds(_) => None,
            Self::Finer { .. } => Some(Cause::TimestampMilliseconds),
            Self::Iso { .. } => Some(Cause::TimestampIso),
            Self::Date { .. } | Self::Number { .. } | Self::Foreign => {
                Some(Cause::TimestampMalformed)
            }
        }
    }

    /// The other texts that may have been signed, if it was not.
    fn others(&self) -> Vec<(String, Cause)> {
        let (seconds, became) = match self {
            Self::Seconds(seconds) => return others_than_seconds(*seconds),
            Self::Finer { seconds } => (seconds, Cause::TimestampBecameMilliseconds),
            Self::Iso { seconds } => (seconds, Cause::TimestampBecameIso),
            Self::Date { seconds } => (seconds, Cause::TimestampBecameDate),
            Self::Number { seconds, nearest } => {
                return [seconds, nearest]
                    .map(|seconds| (seconds.to_string(), Cause::TimestampReprinted))
                    .into();
            }
            Self::Foreign => return Vec::new(),
        };
        alloc::vec![(seconds.to_string(), became)]
    }
}

fn others_than_seconds(seconds: i64) -> Vec<(String, Cause)> {
    let mut others = alloc::vec![
        (
            format!("{seconds}000"),
            Cause::TimestampSignedInMilliseconds
        ),
        (format!("{seconds}.0"), Cause::TimestampReprinted),
    ];
    if seconds <= 253_402_300_799 {
        let forms = iso_forms(seconds).into_iter();
        others.extend(forms.map(|form| (form, Cause::TimestampSignedAsIso)));
    }
    others
}

/// A number with a sign, a point, an exponent or underscores, where it stands for a time: rounded down, and to the nearest.
fn seconds_of_number(text: &str) -> Option<(i64, i64)> {
    let plain = text.replace('_', "");
    let number: f64 = plain.parse().ok()?;
    let is_number = plain.bytes().any(|byte| byte.is_ascii_digit());
    let whole = format!("{number}");
    let seconds = whole.split('.').next()?.parse().ok()?;
    let nearest = format!("{number:.0}").parse().ok()?;
    let are_times = [seconds, nearest]
        .iter()
        .all(|seconds| (0..=scheme::MAX_TIMESTAMP).contains(seconds));
    (is_number && are_times).then_some((seconds, nearest))
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::{LONGEST, Values, frames};
    use crate::time::UnixSeconds;

    #[test]
    fn no_frame_holds_what_is_too_long_to_have_been_signed_in_it() {
        let longest = |value: &[u8], event: &[u8]| {
            let received = Values {
                values: vec![value, value],
                renamed: false,
                several: true,
            };
            let frames = frames(&received, Some(event), UnixSeconds::new(0));
            let lengths = frames
                .iter()
                .map(|frame| frame.before.len().max(frame.after.len()));
            lengths.max()
        };
        let text: Vec<u8> = vec![b'1'; 10_000];
        assert_eq!(longest(&text, &text), Some(0), "the body alone is left");
        assert!(longest(b"1760000000", &text) < Some(LONGEST));
        assert!(longest(&text[..LONGEST], b"a") > Some(LONGEST));
    }
}
