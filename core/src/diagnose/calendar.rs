//! Dates in ISO form, and the seconds they stand for.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

const DAY: i64 = 86_400;

/// The forms in which a time of seconds is commonly written as a date.
pub(super) fn iso_forms(seconds: i64) -> Vec<String> {
    let (year, month, day) = date(seconds.div_euclid(DAY));
    let second = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let date = format!("{year:04}-{month:02}-{day:02}");
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    ["Z", ".000Z", "+00:00", "", ".000000Z", ".000000+00:00"]
        .iter()
        .map(|end| format!("{date}T{time}{end}"))
        .chain(
            ["", "Z", " UTC", "+00:00"]
                .iter()
                .map(|end| format!("{date} {time}{end}")),
        )
        .collect()
}

/// The seconds that a date in ISO form stands for, fractions floored; without a zone it is taken for UTC.
pub(super) fn seconds_of_iso(text: &str) -> Option<i64> {
    let number = |range: core::ops::Range<usize>| -> Option<i64> {
        let digits = text.get(range)?;
        let are_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse().ok().filter(|_| are_digits)
    };
    let stands = |at: usize, one_of: &str| {
        text.get(at..at.saturating_add(1))
            .is_some_and(|char| one_of.contains(char))
    };
    let is_date =
        stands(4, "-") && stands(7, "-") && stands(10, "Tt ") && stands(13, ":") && stands(16, ":");
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    if !is_date || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let rest = text.get(19..)?;
    let fraction = rest.strip_prefix('.').map_or(0, |digits| {
        let length = digits.bytes().take_while(u8::is_ascii_digit).count();
        length.saturating_add(1)
    });
    let offset = offset_seconds(rest.get(fraction..)?)?;
    let time = hour
        .checked_mul(3600)?
        .checked_add(minute.checked_mul(60)?)?
        .checked_add(second)?;
    days(year, month, day)?
        .checked_mul(DAY)?
        .checked_add(time)?
        .checked_sub(offset)
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// The seconds that a date with the month's name stands for, as HTTP, mail and JavaScript write it: the weekday, day, month
/// and year in either order, the time, and perhaps a zone (`GMT`, `+0200`, `GMT+0200`), without which it is taken for UTC.
pub(super) fn seconds_in_words(text: &str) -> Option<i64> {
    let (mut year, mut month, mut day, mut time, mut offset) = (None, None, None, None, 0);
    // The zone's name in words stands last, in brackets.
    let text = text.split('(').next().unwrap_or_default();
    for word in text.split([' ', ',']).filter(|word| !word.is_empty()) {
        let named = MONTHS.iter().position(|name| *name == word);
        let number: Option<i64> = word.parse().ok().filter(|number| *number >= 0);
        let zone = word.strip_prefix("GMT").unwrap_or(word);
        match (named, number, word.len()) {
            (Some(named), ..) => month = i64::try_from(named).ok()?.checked_add(1),
            (_, Some(number), 4) => year = Some(number),
            (_, Some(number), 1 | 2) => day = Some(number),
            (_, _, 8) if word.get(2..3) == Some(":") => time = Some(word),
            _ if zone.starts_with(['+', '-']) => {
                let (hours, minutes) = zone.split_at_checked(3)?;
                offset = offset_seconds(&format!("{hours}:{minutes}"))?;
            }
            _ if zone.is_empty() || zone == "UTC" => {}
            _ if year.is_none() && word.len() == 3 => {}
            _ => return None,
        }
    }
    let (year, month, day, time) = (year?, month?, day?, time?);
    seconds_of_iso(&format!("{year:04}-{month:02}-{day:02}T{time}Z"))?.checked_sub(offset)
}

fn offset_seconds(zone: &str) -> Option<i64> {
    match zone.as_bytes() {
        [] | [b'Z' | b'z'] | [b' ', b'U', b'T', b'C'] => Some(0),
        [sign @ (b'+' | b'-'), ..] => {
            let (hours, minutes) = zone.get(1..)?.split_once(':')?;
            let hours: i64 = hours.parse::<u8>().ok()?.into();
            let minutes: i64 = minutes.parse::<u8>().ok()?.into();
            let seconds = hours
                .checked_mul(3600)?
                .checked_add(minutes.checked_mul(60)?)?;
            Some(if *sign == b'-' {
                seconds.saturating_neg()
            } else {
                seconds
            })
        }
        _ => None,
    }
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar.
///
/// A year is counted from March, so that a leap day ends it; 400 such years have 146,097 days.
fn date(days: i64) -> (i64, i64, i64) {
    let day = days.saturating_add(719_468);
    let (era, day) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let leap_days = (day / 1460)
        .saturating_sub(day / 36_524)
        .saturating_add(day / 146_096);
    let year = day.saturating_sub(leap_days) / 365;
    let day = day.saturating_sub(days_before_year(year));
    let month = day.saturating_mul(5).saturating_add(2) / 153;
    let first = month.saturating_mul(153).saturating_add(2) / 5;
    let day = day.saturating_sub(first).saturating_add(1);
    let year = year.saturating_add(era.saturating_mul(400));
    match month {
        0..10 => (year, month.saturating_add(3), day),
        _ => (year.saturating_add(1), month.saturating_sub(9), day),
    }
}

/// The day of a date, counted from 1970-01-01.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let (year, month) = match month {
        3.. => (year, month.checked_sub(3)?),
        _ => (year.checked_sub(1)?, month.checked_add(9)?),
    };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let in_year = (month.checked_mul(153)?.checked_add(2)? / 5)
        .checked_add(day)?
        .checked_sub(1)?;
    let in_era = days_before_year(year).checked_add(in_year)?;
    era.checked_mul(146_097)?
        .checked_add(in_era)?
        .checked_sub(719_468)
}

/// The days of an era that lie before its year.
fn days_before_year(year: i64) -> i64 {
    let leap_days = (year / 4).saturating_sub(year / 100);
    year.saturating_mul(365).saturating_add(leap_days)
}

#[cfg(test)]
mod tests {
    use super::{iso_forms, seconds_in_words, seconds_of_iso};

    #[test]
    fn a_date_reads_as_the_seconds_it_was_printed_from() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_760_000_000, "2025-10-09T08:53:20Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(iso_forms(seconds)[0], text);
            for form in iso_forms(seconds) {
                assert_eq!(seconds_of_iso(&form), Some(seconds), "{form}");
            }
        }
        for days in 0..150_000 {
            let seconds = days * super::DAY;
            assert_eq!(seconds_of_iso(&iso_forms(seconds)[0]), Some(seconds));
        }
        assert_eq!(
            seconds_of_iso("2025-10-09T10:53:20.5+02:00"),
            Some(1_760_000_000)
        );
        for text in [
            "Thu, 09 Oct 2025 08:53:20 GMT",
            "Thu, 9 Oct 2025 10:53:20 +0200",
            "Thu Oct 09 2025 03:53:20 GMT-0500",
            "Thu Oct  9 08:53:20 UTC 2025",
        ] {
            assert_eq!(seconds_in_words(text), Some(1_760_000_000), "{text}");
        }
        for text in ["Thu, 09 Oct 2025", "Thu, 09 Oct 2025 08:53:20 X", "a b c"] {
            assert_eq!(seconds_in_words(text), None, "{text}");
        }
        assert_eq!(seconds_of_iso("2025-10-09"), None);
        assert_eq!(seconds_of_iso("2025-10-09Tab:53:20Z"), None);
    }
}
