//! The reader beside `serde_json`: what is JSON, where members lie, and what texts mean.

mod common;

use common::{SECRET, signed};
use overten_webhook::{
    Event, PayloadError, PayloadFault, Secrets, SignedHeaders, UnixSeconds, Verifier,
};
use proptest::prelude::*;
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A name and a value, each as the JSON text that was sent.
type Member<'a> = (&'a str, &'a str);

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<Member<'de>>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<&'de RawValue, &'de RawValue>()? {
            members.push((name.get(), value.get()));
        }
        Ok(members)
    }
}

/// What `serde_json` finds in the text; `None` where it is no JSON object.
fn by_serde(json: &str) -> Option<Vec<Member<'_>>> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let members = reader.deserialize_map(Members).ok()?;
    reader.end().ok().map(|()| members)
}

fn decoded_by_serde(json: &str) -> Option<String> {
    serde_json::from_str(json).ok()
}

/// Reads any body, as if Overten had sent it. A keyed verifier is made once: a case is to be quick.
fn read(body: &[u8]) -> Result<Event<&[u8]>, PayloadError> {
    thread_local! {
        static VERIFIER: Verifier = Verifier::new(Secrets::new([SECRET]).unwrap());
    }
    let now = UnixSeconds::new(1_760_000_000);
    let signature = signed(body, now);
    let headers = SignedHeaders::from_values(
        Some(signature.signature_value().as_bytes()),
        Some(signature.timestamp_value().as_bytes()),
    );
    VERIFIER.with(|verifier| {
        verifier
            .verify(&headers.unwrap(), body, now)
            .unwrap()
            .event()
    })
}

/// Compares what both say of a text.
fn compare(json: &str) -> Result<(), TestCaseError> {
    // One leading byte order mark is nothing to us, and an error to serde.
    let bare = json.strip_prefix('\u{feff}').unwrap_or(json);
    let expected = by_serde(bare);
    // Two members make it an event, whatever else it holds; their names and values are its own.
    let inner = expected
        .is_some()
        .then(|| bare.trim_start_matches([' ', '\t', '\r', '\n']));
    let event = inner.map(|inner| format!(r#"{{"event":"e","run_id":"r","in":{inner}}}"#));
    let read = read(json.as_bytes());
    match (&expected, read.as_ref().map_err(|error| error.fault())) {
        (_, Err(PayloadFault::TooDeep | PayloadFault::NotUtf8)) => return Ok(()),
        (None, said) => prop_assert!(
            matches!(said, Err(PayloadFault::NotJson | PayloadFault::NotAnObject)),
            "{json:?}: {said:?}"
        ),
        (Some(_), said) => prop_assert!(
            !matches!(said, Err(PayloadFault::NotJson | PayloadFault::NotAnObject)),
            "{json:?}: {said:?}"
        ),
    }
    if let (Some(members), Ok(event)) = (&expected, &read) {
        let found: Vec<_> = event
            .members()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let expected: Option<Vec<_>> = members
            .iter()
            .map(|(name, value)| Some((decoded_by_serde(name)?, *value)))
            .collect();
        prop_assert_eq!(Some(found), expected, "{:?}", json);
    }
    // The same text as a value, where depth alone may differ.
    if let Some(event) = event {
        let said = self::read(event.as_bytes());
        prop_assert!(
            said.is_ok() || said.unwrap_err().fault() == PayloadFault::TooDeep,
            "{json:?}"
        );
    }
    Ok(())
}

/// Pieces of which broken and whole JSON is put together.
fn piece() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\\u",
        "\\ud83d",
        "\\ude0a",
        "\\u00e9",
        "\\n",
        "true",
        "false",
        "null",
        "tru",
        "0",
        "-",
        "-0",
        "01",
        "1.5",
        "1.",
        ".5",
        "1e5",
        "1E+5",
        "1e",
        "NaN",
        "Infinity",
        "'a'",
        "//",
        " ",
        "\t",
        "\r\n",
        "\u{b}",
        "\u{a0}",
        "\u{0}",
        "\u{7f}",
        "\u{1f}",
        "é",
        "😊",
        "\u{feff}",
        "\"a\"",
        "\"event\":\"e\"",
        "\"run_id\":\"r\"",
        "\"long enough to be looked at eight bytes at a time\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "{}",
        "[]",
        "{\"a\":1}",
        "[1,2]",
    ]);
    prop_oneof![4 => fixed.prop_map(str::to_owned), 1 => "\\PC{0,20}"]
}

fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn broken_json_is_refused_where_serde_refuses_it(pieces in prop::collection::vec(piece(), 0..24)) {
        compare(&pieces.concat())?;
        compare(&format!("{{\"event\":\"e\",\"run_id\":\"r\",\"x\":{}}}", pieces.concat()))?;
    }

    #[test]
    fn whole_json_is_read_as_serde_reads_it_and_with_one_byte_changed_too(
        members in prop::collection::btree_map(any::<String>(), value(), 0..8),
        pretty in any::<bool>(),
        at in any::<prop::sample::Index>(),
        byte in 0_u8..=0x7f,
    ) {
        let json = if pretty {
            serde_json::to_string_pretty(&members).unwrap()
        } else {
            serde_json::to_string(&members).unwrap()
        };
        compare(&json)?;
        let mut bytes = json.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(changed) = String::from_utf8(bytes) {
            compare(&changed)?;
        }
    }

    #[test]
    fn texts_mean_what_serde_says(inner in "(\\\\[\"\\\\/bfnrtux]|\\\\u[dD][89a-fA-F][0-9a-f]{2}|\\\\u[0-9a-fA-F]{4}|[a-zé😊\"]){0,8}") {
        let json = format!(r#"{{"event":"e","run_id":"r","summary":"{inner}"}}"#);
        compare(&json)?;
        if let Ok(event) = read(json.as_bytes()) {
            let sent = event.member("summary").unwrap();
            let summary = event.summary().map(String::from);
            prop_assert_eq!(summary, decoded_by_serde(sent), "{}", json);
        }
    }
}

#[test]
fn every_byte_in_every_place_of_eight_ends_a_text_or_does_not() {
    for byte in 0..=0x7f_u8 {
        for at in 0..20 {
            let mut text = [b'a'; 20];
            text[at] = byte;
            let text = std::str::from_utf8(&text).unwrap();
            compare(&format!(r#"{{"event":"e","run_id":"r","x":"{text}"}}"#)).unwrap();
        }
    }
}
