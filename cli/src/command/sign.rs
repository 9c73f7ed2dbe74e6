//! `sign`: the two headers for a body, or the `curl` command that posts it.

use std::path::PathBuf;

use overten_webhook::{
    Rejection, Secrets, Signature, SignedHeaders, UnixSeconds, Verifier, scheme, sign,
};
use serde_json::json;

use crate::capture::{Place, this_machines_clock};
use crate::failure::{Failure, Status};
use crate::output;
use crate::secrets::SecretArguments;

const AFTER_HELP: &str = "\
The body is signed byte for byte: nothing is trimmed, not even a final newline.

Example: post a body that this machine's receiver takes for Overten's
  overten-webhook sign body.json --secrets-file secrets.txt \\
      --curl http://127.0.0.1:8787/webhooks/overten | sh";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The body, `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    secrets: SecretArguments,

    /// Sign with the secret of this label instead of the first
    #[arg(long, value_name = "LABEL")]
    label: Option<String>,

    /// The time to sign, in Unix seconds [default: this machine's clock]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    time: Option<i64>,

    /// Print a `curl` command that posts the body to this address, instead of the headers
    #[arg(long, value_name = "URL", conflicts_with = "json")]
    curl: Option<String>,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(crate) fn run(self) -> Result<Status, Failure> {
        let place = Place::of(&self.file);
        let body = place.read()?;
        let secrets = self.secrets.secrets()?;
        let time = self.time.map(UnixSeconds::new);
        let time = time.unwrap_or_else(this_machines_clock);
        let label = self.label.as_deref();
        let secret = secrets
            .iter()
            .find(|secret| label.is_none_or(|label| secret.label().as_str() == label))
            .ok_or_else(|| no_such_label(&secrets))?;
        let signature = sign(secret, time, &body).map_err(|error| {
            Failure::new(error, "give --time in Unix seconds").with_status(Status::Usage)
        })?;
        if let Some(url) = &self.curl {
            let event = event_name(secrets, &signature, &body);
            output::print_bytes(&command(place, &signature, event.as_deref(), url))?;
        } else if self.json {
            let headers = json!({
                scheme::SIGNATURE_HEADER: signature.signature_value(),
                scheme::TIMESTAMP_HEADER: signature.timestamp_value(),
            });
            let signed = json!({ "headers": headers, "secret": secret.label().as_str(), "body_bytes": body.len() });
            output::print_line(&signed.to_string())?;
        } else {
            let headers = headers(&signature).map(|(name, value)| format!("{name}: {value}"));
            output::print_line(&headers.join("\n"))?;
        }
        Ok(Status::Done)
    }
}

fn headers(signature: &Signature) -> [(&'static str, &str); 2] {
    [
        (scheme::SIGNATURE_HEADER, signature.signature_value()),
        (scheme::TIMESTAMP_HEADER, signature.timestamp_value()),
    ]
}

fn no_such_label(secrets: &Secrets) -> Failure {
    let labels: Vec<String> = secrets
        .iter()
        .map(|secret| secret.label().to_string())
        .collect();
    Failure::new(
        "no secret has that label",
        format_args!("take one of: {}", labels.join(", ")),
    )
    .with_status(Status::Secrets)
}

/// The name for the header that hints at the event, where the body is one and the name can stand in a header.
fn event_name(secrets: Secrets, signature: &Signature, body: &[u8]) -> Option<String> {
    let headers = SignedHeaders::from_values(
        Some(signature.signature_value().as_bytes()),
        Some(signature.timestamp_value().as_bytes()),
    );
    let verifier = Verifier::new(secrets).with_max_body_bytes(usize::MAX);
    let delivery = headers
        .and_then(|headers| {
            let time = headers.timestamp();
            verifier.verify(&headers, body, time)
        })
        .map_err(|_: Rejection| ());
    let delivery = delivery.ok()?;
    let event = delivery.event().ok()?;
    let name = event.name();
    name.bytes()
        .all(|byte| byte.is_ascii_graphic())
        .then(|| name.to_owned())
}

/// The command, for a POSIX shell: each word is quoted, and the body is sent from its file, to the byte.
fn command(place: Place<'_>, signature: &Signature, event: Option<&str>, url: &str) -> Vec<u8> {
    // Without `--globoff`, curl takes brackets and braces of an address for several addresses.
    let mut command = b"curl --globoff --data-binary ".to_vec();
    let mut file = b"@".to_vec();
    file.extend_from_slice(match place {
        Place::StandardInput => b"-",
        Place::File(path) => path.as_os_str().as_encoded_bytes(),
    });
    push_quoted(&mut command, &file);
    let [signature, timestamp] = headers(signature);
    let others = [("Content-Type", "application/json")];
    let event = event.map(|name| (scheme::EVENT_HEADER, name));
    for (name, value) in [signature, timestamp]
        .into_iter()
        .chain(event)
        .chain(others)
    {
        command.extend_from_slice(b" \\\n  --header ");
        push_quoted(&mut command, format!("{name}: {value}").as_bytes());
    }
    command.extend_from_slice(b" \\\n  --url ");
    push_quoted(&mut command, url.as_bytes());
    command.push(b'\n');
    command
}

fn push_quoted(command: &mut Vec<u8>, word: &[u8]) {
    command.push(b'\'');
    for byte in word {
        match byte {
            b'\'' => command.extend_from_slice(br"'\''"),
            other => command.push(*other),
        }
    }
    command.push(b'\'');
}
