//! What the route hands to a ledger object: an HTTP request, and back.

use js_sys::Uint8Array;
use overten_webhook::Claim;
use wasm_bindgen_futures::JsFuture;
use worker::{Headers, ObjectNamespace, Request, Result};

/// Where a ledger object takes deliveries.
pub(crate) const DELIVERIES_PATH: &str = "/deliveries";

/// Where it answers with a stored body: the SHA-256 of the body follows, in hex.
pub(crate) const BODIES_PATH: &str = "/bodies/";

const KEY: &str = "key";
const RETENTION_SECONDS: &str = "retention-seconds";
const MESSAGE_BYTES: &str = "message-bytes";
const BODY_ID: &str = "body-id";

/// A delivery with all that a ledger object needs to hand it on once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parcel {
    /// The name of the ledger object.
    pub(crate) object: String,
    /// The key to claim.
    pub(crate) key: String,
    /// How long the key is remembered.
    pub(crate) retention_seconds: u64,
    /// The text for the queue.
    pub(crate) message: String,
    /// The body, where the message only says where it is.
    pub(crate) body: Option<BodyPart>,
}

/// A body to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BodyPart {
    /// The SHA-256 of the bytes in hex, so that no two bodies share a place.
    pub(crate) id: String,
    /// The body.
    pub(crate) bytes: Vec<u8>,
}

impl Parcel {
    /// Has the ledger object claim the key and hand the message on.
    ///
    /// # Errors
    ///
    /// The object cannot be reached, could not hand it on, or answered what a ledger does not answer.
    pub(crate) async fn deliver(self, ledger: &ObjectNamespace) -> Result<Claim> {
        let object = ledger.id_from_name(&self.object)?.get_stub()?;
        let response = object.fetch_with_request(self.into_request()?).await?;
        // `worker` would read the text through a stream adapter, and that alone is a tenth of the Worker.
        let response = web_sys::Response::from(response);
        let text = JsFuture::from(response.text()?).await?;
        let text = text.as_string().unwrap_or_default();
        [Claim::New, Claim::Duplicate, Claim::InFlight]
            .into_iter()
            .find(|claim| response.status() == 200 && text == claim.as_str())
            .ok_or_else(|| {
                let said: String = text.chars().take(200).collect();
                format!("the ledger answered {}: {said}", response.status()).into()
            })
    }

    fn into_request(self) -> Result<Request> {
        let headers = Headers::new();
        headers.set(KEY, &self.key)?;
        headers.set(RETENTION_SECONDS, &self.retention_seconds.to_string())?;
        headers.set(MESSAGE_BYTES, &self.message.len().to_string())?;
        let mut content = self.message.into_bytes();
        if let Some(body) = self.body {
            headers.set(BODY_ID, &body.id)?;
            content.extend(body.bytes);
        }
        // Not `worker::RequestInit`, which brings a serializer for options that are not needed here.
        let init = web_sys::RequestInit::new();
        init.set_method("POST");
        init.set_headers(&headers.0);
        init.set_body(&Uint8Array::from(content.as_slice()));
        let url = format!("https://ledger{DELIVERIES_PATH}");
        Ok(web_sys::Request::new_with_str_and_init(&url, &init)?.into())
    }

    /// Reads the request that [`Parcel::deliver`] made, inside the object (which does not know its own name).
    pub(crate) async fn from_request(mut request: Request) -> Result<Self> {
        let mut content = request.bytes().await?;
        let header = |name| -> Result<String> {
            let value = request.headers().get(name)?;
            value.ok_or_else(|| format!("the header {name} is missing").into())
        };
        let number = |name| -> Result<u64> {
            let text = header(name)?;
            text.parse()
                .map_err(|error| format!("{name}: {error}").into())
        };
        let message_bytes = usize::try_from(number(MESSAGE_BYTES)?).unwrap_or(usize::MAX);
        if message_bytes > content.len() {
            return Err("the parcel was cut off".into());
        }
        let stored = content.split_off(message_bytes);
        let body = request
            .headers()
            .get(BODY_ID)?
            .map(|id| BodyPart { id, bytes: stored });
        Ok(Self {
            object: String::new(),
            key: header(KEY)?,
            retention_seconds: number(RETENTION_SECONDS)?,
            message: String::from_utf8(content).map_err(|error| error.to_string())?,
            body,
        })
    }
}
