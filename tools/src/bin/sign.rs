//! Sign deliveries for tests and demonstrations: requests in, header values out, one JSON object a line.
//!
//! ```text
//! {"secret":"whsec_…","timestamp":1760000000,"body":"{…}"}      (or "body_hex", for a body that is not text)
//! {"X-Overten-Signature":"sha256=…","X-Overten-Timestamp":"1760000000"}
//! ```
//!
//! Everything comes over standard input, so that a secret is never among a command line's visible arguments.

use std::error::Error;
use std::io::{self, BufRead, Write};

use overten_webhook::scheme::{SIGNATURE_HEADER, TIMESTAMP_HEADER};
use overten_webhook::{Secret, UnixSeconds, sign};
use serde_json::{Map, Value};

fn main() -> Result<(), Box<dyn Error>> {
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let headers = sign_request(&serde_json::from_str(&line?)?)?;
        writeln!(output, "{}", Value::Object(headers))?;
        output.flush()?;
    }
    Ok(())
}

fn sign_request(request: &Value) -> Result<Map<String, Value>, Box<dyn Error>> {
    let secret = Secret::new(text(request, "secret")?.as_bytes())?;
    let timestamp = request["timestamp"]
        .as_i64()
        .ok_or("`timestamp` must be whole Unix seconds")?;
    let body = match request.get("body_hex") {
        Some(_) => from_hex(text(request, "body_hex")?)?,
        None => text(request, "body")?.as_bytes().to_vec(),
    };
    let signature = sign(&secret, UnixSeconds::new(timestamp), &body)?;
    Ok(Map::from_iter([
        (SIGNATURE_HEADER.into(), signature.signature_value().into()),
        (TIMESTAMP_HEADER.into(), signature.timestamp_value().into()),
    ]))
}

fn text<'a>(request: &'a Value, name: &str) -> Result<&'a str, String> {
    request[name]
        .as_str()
        .ok_or_else(|| format!("`{name}` must be a text"))
}

fn from_hex(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = vec![0; text.len() / 2];
    hex::decode_to_slice(text, &mut bytes).map_err(|error| format!("`body_hex`: {error}"))?;
    Ok(bytes)
}
