//! Requests that another program recorded as JSON: a Lambda event, what a request bin or a tunnel exports, or any object of
//! headers and a body.

use alloc::string::String;
use alloc::vec::Vec;

use super::json::{from_base64, integer};
use super::{CaptureError, CaptureFault, Captured, Form, Header, MOST_HEADERS, http};
use crate::diagnose::headers::Values;
use crate::diagnose::json::Node;
use crate::diagnose::{calendar, coding};
use crate::json::text;
use crate::scheme::{SIGNATURE_HEADER, TIMESTAMP_HEADER};
use crate::time::UnixSeconds;

/// The members in which requests stand: those of webhook.site's list, ngrok's, Postman's collections and folders, Pipedream,
/// `wrangler tail` and pino.
const WRAPPERS: [&str; 6] = ["data", "requests", "item", "request", "event", "req"];

/// A request's members, the one that says most first. API Gateway and ALB have the headers twice; Postman has `header`.
const HEADERS: [&str; 3] = ["multiValueHeaders", "headers", "header"];
/// `content` is webhook.site's; `rawBody` stands beside a parsed body in Google's functions.
const BODIES: [&str; 3] = ["rawBody", "body", "content"];
const METHODS: [&str; 3] = ["method", "httpMethod", "requestContext.http.method"];
const TARGETS: [&str; 5] = ["rawPath", "path", "url.raw", "url", "uri"];
const MILLISECONDS: [&str; 2] = [
    "requestContext.requestTimeEpoch",
    "requestContext.timeEpoch",
];

/// The deliveries among the requests of an object or a list.
pub(super) fn read(json: &str) -> Result<Vec<Captured>, CaptureError> {
    let node = Node::read(json.as_bytes()).ok_or(CaptureFault::UnknownJson)?;
    let mut requests = Requests {
        are_any: false,
        captured: Vec::new(),
    };
    requests.collect(&node, None)?;
    match (requests.captured.is_empty(), requests.are_any) {
        (false, _) => Ok(requests.captured),
        (true, true) => Err(CaptureFault::NoDelivery.into()),
        (true, false) => Err(CaptureFault::UnknownJson.into()),
    }
}

struct Requests {
    are_any: bool,
    captured: Vec<Captured>,
}

impl Requests {
    fn collect(
        &mut self,
        node: &Node<'_>,
        received_at: Option<UnixSeconds>,
    ) -> Result<(), CaptureError> {
        if let Node::Array(items) = node {
            return items
                .iter()
                .try_for_each(|item| self.collect(item, received_at));
        }
        let started = at(node, "start").and_then(leaf_text);
        let started = started.and_then(|date| calendar::seconds_of_iso(&date));
        let received_at = started.map(UnixSeconds::new).or(received_at);
        if let Some(headers) = headers_of(node) {
            self.are_any = true;
            let headers = pairs(headers)?;
            if is_delivery(&headers) {
                self.captured.extend(request(node, headers, received_at)?);
            }
            return Ok(());
        }
        let inner = WRAPPERS.iter().filter_map(|name| at(node, name));
        inner
            .into_iter()
            .try_for_each(|inner| self.collect(inner, received_at))
    }
}

/// The headers of a request; those that hold some, where it has them twice.
fn headers_of<'n, 'a>(node: &'n Node<'a>) -> Option<&'n Node<'a>> {
    let all = HEADERS.iter().filter_map(|name| at(node, name));
    let lists = all.filter(|headers| !matches!(headers, Node::Leaf(_)));
    let is_empty = |node: &Node<'_>| match node {
        Node::Object(_, members) => members.is_empty(),
        Node::Array(items) => items.is_empty(),
        Node::Leaf(_) => true,
    };
    lists.min_by_key(|headers| is_empty(headers))
}

/// Whether an object of these members is a request or an event, so that it holds what a sender wrote.
pub(super) fn is_of_a_sender(members: &[(&str, Node<'_>)]) -> bool {
    let has = |wanted: &str| {
        let mut names = members.iter().filter_map(|(name, _)| text(name));
        names.any(|name| name == wanted)
    };
    HEADERS.into_iter().any(has) || has("event") && has("run_id")
}

fn is_delivery(headers: &[Header]) -> bool {
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.clone(), value.as_slice()))
        .collect();
    [SIGNATURE_HEADER, TIMESTAMP_HEADER]
        .iter()
        .any(|name| !Values::of(&headers, name).values.is_empty())
}

fn request(
    node: &Node<'_>,
    headers: Vec<Header>,
    received_at: Option<UnixSeconds>,
) -> Result<Vec<Captured>, CaptureError> {
    // ngrok keeps the request as it stood on the wire.
    if let Some(raw) = at(node, "raw").and_then(leaf_text) {
        let raw = coding::base64(raw.as_bytes()).ok_or(CaptureFault::Member)?;
        let mut captured = http::read(&raw, 0)?;
        captured
            .iter_mut()
            .for_each(|captured| captured.received_at = received_at);
        return Ok(captured);
    }
    let mut captured = Captured::empty(Form::JsonRequest);
    let bytes = |names| {
        first(node, names)
            .and_then(leaf_text)
            .map(String::into_bytes)
    };
    captured.method = bytes(&METHODS);
    captured.target = bytes(&TARGETS);
    captured.headers = headers;
    captured.body = body(node)?;
    let milliseconds = first(node, &MILLISECONDS).and_then(leaf).and_then(integer);
    captured.received_at = milliseconds
        .map(UnixSeconds::from_milliseconds)
        .or(received_at);
    captured.note_length(captured.body.len());
    Ok(Vec::from([captured]))
}

fn body(node: &Node<'_>) -> Result<Vec<u8>, CaptureError> {
    let body = first(node, &BODIES).ok_or(CaptureFault::NoBody)?;
    let is_base64 = at(node, "isBase64Encoded").and_then(leaf) == Some("true");
    // What others make an object of; whatever else is one was parsed.
    let of = |kind, name, wanted: &str| {
        let is_wanted = at(body, kind).and_then(leaf_text)? == wanted;
        at(body, name).filter(|_| is_wanted)
    };
    let postman = of("mode", "raw", "raw");
    let buffer_of_node = of("type", "data", "Buffer");
    match (body, postman, buffer_of_node) {
        (Node::Leaf("null"), ..) => Ok(Vec::new()),
        (Node::Leaf(json), ..) if is_base64 => from_base64(json),
        (Node::Leaf(json), ..) | (_, Some(Node::Leaf(json)), _) => text(json)
            .map(|text| text.into_owned().into_bytes())
            .ok_or(CaptureFault::BodyParsed.into()),
        (_, _, Some(Node::Array(items))) => items
            .iter()
            .map(|item| leaf(item)?.parse().ok())
            .collect::<Option<_>>()
            .ok_or(CaptureFault::BodyParsed.into()),
        _ => Err(CaptureFault::BodyParsed.into()),
    }
}

/// The names and values of an object, a name's values in a list perhaps, or of a list of pairs.
fn pairs(node: &Node<'_>) -> Result<Vec<Header>, CaptureError> {
    let mut pairs = Vec::new();
    match node {
        Node::Object(_, members) => {
            for (name, value) in members {
                let name = text(name).ok_or(CaptureFault::Member)?;
                let values = match value {
                    Node::Array(values) => values.as_slice(),
                    value => core::slice::from_ref(value),
                };
                pairs.extend(
                    values
                        .iter()
                        .map(|value| (name.clone().into_owned(), value)),
                );
            }
        }
        Node::Array(items) => {
            for item in items {
                let (name, value) = match item {
                    Node::Array(pair) => (pair.first(), pair.get(1)),
                    item => (first(item, &["name", "key"]), at(item, "value")),
                };
                let name = name.and_then(leaf_text).ok_or(CaptureFault::Member)?;
                let is_off = at(item, "disabled").and_then(leaf) == Some("true");
                pairs.extend(value.filter(|_| !is_off).map(|value| (name, value)));
            }
        }
        Node::Leaf(_) => {}
    }
    if pairs.len() > MOST_HEADERS {
        return Err(CaptureFault::TooManyHeaders.into());
    }
    // What else than ours is no text, such as a cookie that is null, matters to nobody.
    pairs
        .into_iter()
        .filter_map(|(name, value)| match leaf_text(value) {
            Some(value) => Some(Ok((name.into_bytes(), value.into_bytes()))),
            None if is_ours(&name) => Some(Err(CaptureFault::Member.into())),
            None => None,
        })
        .collect()
}

/// Whether a header is Overten's, also where a host renamed it.
fn is_ours(name: &str) -> bool {
    name.to_ascii_lowercase().contains("overten")
}

/// The member at a path of names with points between.
fn at<'n, 'a>(node: &'n Node<'a>, path: &str) -> Option<&'n Node<'a>> {
    path.split('.').try_fold(node, |node, wanted| match node {
        Node::Object(_, members) => members
            .iter()
            .rfind(|(name, _)| text(name).as_deref() == Some(wanted))
            .map(|(_, value)| value),
        Node::Leaf(_) | Node::Array(_) => None,
    })
}

/// The first of several members that is there and not null, if one is; else one that is null.
fn first<'n, 'a>(node: &'n Node<'a>, paths: &[&str]) -> Option<&'n Node<'a>> {
    let found = || paths.iter().filter_map(|path| at(node, path));
    let is_null = |node: &&Node<'_>| matches!(node, Node::Leaf("null"));
    found().find(|node| !is_null(node)).or(found().next())
}

fn leaf<'a>(node: &Node<'a>) -> Option<&'a str> {
    match node {
        Node::Leaf(json) => Some(json),
        Node::Array(_) | Node::Object(..) => None,
    }
}

/// A text, or a number as it is written.
fn leaf_text(node: &Node<'_>) -> Option<String> {
    let json = leaf(node)?;
    let plain = json.parse::<f64>().ok().map(|_| json.into());
    text(json).map(alloc::borrow::Cow::into_owned).or(plain)
}
