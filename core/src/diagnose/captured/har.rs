//! HAR: what browsers and proxies record.

use alloc::vec::Vec;

use super::http::PREFIX;
use super::json::{for_each_item, from_base64, integer, text_of};
use super::{CaptureError, CaptureFault, Captured, Form, Lack, MOST_HEADERS};
use crate::diagnose::calendar;
use crate::json::{text, values_of};
use crate::time::UnixSeconds;

/// The deliveries among the entries of a log.
pub(super) fn file(log: &str) -> Result<Vec<Captured>, CaptureError> {
    let [entries] = members(log, ["entries"])?;
    let mut all = Vec::new();
    for_each_item(entries.ok_or(CaptureFault::Member)?, |item| {
        // What is no delivery may be as it likes.
        if let Ok(parts) = Parts::of_entry(item)
            && parts.is_delivery()
        {
            all.push(parts.captured()?);
        }
        Ok(())
    })?;
    match all.is_empty() {
        true => Err(CaptureFault::NoDelivery.into()),
        false => Ok(all),
    }
}

/// Whether it is a request as HAR has it: others record the headers as an object.
pub(super) fn is_request(json: &str) -> bool {
    let headers = members(json, ["headers"]).map(|[headers]| headers);
    headers.is_ok_and(|headers| headers.is_some_and(|headers| headers.starts_with('[')))
}

/// One entry, whatever it is of.
pub(super) fn entry(json: &str) -> Result<Captured, CaptureError> {
    Parts::of_entry(json)?.captured()
}

/// The request of an entry, alone.
pub(super) fn request(json: &str) -> Result<Captured, CaptureError> {
    Parts::of_request(json)?.captured()
}

/// A request whose body was not looked at yet.
struct Parts<'a> {
    captured: Captured,
    post_data: Option<&'a str>,
    body_size: Option<i64>,
}

impl<'a> Parts<'a> {
    fn of_entry(json: &'a str) -> Result<Self, CaptureError> {
        let [request, started] = members(json, ["request", "startedDateTime"])?;
        let mut parts = Self::of_request(request.ok_or(CaptureFault::Member)?)?;
        let seconds = started.and_then(text);
        let seconds = seconds.and_then(|date| calendar::seconds_of_iso(&date));
        parts.captured.received_at = seconds.map(UnixSeconds::new);
        Ok(parts)
    }

    fn of_request(json: &'a str) -> Result<Self, CaptureError> {
        let names = ["method", "url", "headers", "postData", "bodySize"];
        let [method, url, headers, post_data, body_size] = members(json, names)?;
        let mut captured = Captured::empty(Form::Har);
        let bytes = |json| Some(text(json)?.into_owned().into_bytes());
        captured.method = method.and_then(bytes);
        captured.target = url.and_then(bytes);
        for_each_item(headers.ok_or(CaptureFault::Member)?, |item| {
            let [name, value] = members(item, ["name", "value"])?;
            let name = text_of(name.unwrap_or_default())?;
            let value = text_of(value.unwrap_or_default())?;
            if captured.headers.len() >= MOST_HEADERS {
                return Err(CaptureFault::TooManyHeaders.into());
            }
            if !name.starts_with(':') {
                let (name, value) = (name.into_owned(), value.into_owned());
                captured
                    .headers
                    .push((name.into_bytes(), value.into_bytes()));
            }
            Ok(())
        })?;
        Ok(Self {
            captured,
            post_data,
            body_size: body_size.and_then(integer),
        })
    }

    fn is_delivery(&self) -> bool {
        let is_ours = |name: &[u8]| {
            name.split_at_checked(PREFIX.len())
                .is_some_and(|(start, _)| start.eq_ignore_ascii_case(PREFIX))
        };
        self.captured.method() == Some(b"POST")
            && self.captured.headers().any(|(name, _)| is_ours(name))
    }

    fn captured(self) -> Result<Captured, CaptureError> {
        let mut captured = self.captured;
        let (body, encoding) = match self.post_data {
            Some(json) if json.starts_with('{') => {
                let [body, encoding] = members(json, ["text", "encoding"])?;
                (body, encoding.and_then(text))
            }
            _ => (None, None),
        };
        captured.body = match (body, encoding.as_deref()) {
            (Some(json), Some("base64")) => from_base64(json)?,
            (Some(json), _) => text_of(json)?.into_owned().into_bytes(),
            (None, _) => Vec::new(),
        };
        match (body, self.body_size) {
            (None, Some(0)) => {}
            (None, _) => captured.lacks.push(Lack::BodyAbsent),
            (Some(_), _) => captured.note_length(captured.body.len()),
        }
        Ok(captured)
    }
}

/// The values of these names, where the text is an object.
fn members<'a, const N: usize>(
    json: &'a str,
    names: [&str; N],
) -> Result<[Option<&'a str>; N], CaptureError> {
    match json.starts_with('{') {
        true => values_of(json, names).map_err(CaptureError::from),
        false => Err(CaptureFault::Member.into()),
    }
}
