//! Fetching a body that was too long for the queue.

use std::borrow::Cow;

use worker::{ObjectNamespace, Result};

use crate::js;
use crate::message::{Message, MessageBody};

impl Message {
    /// The body, byte for byte as Overten signed it: from the message, or from the ledger where it waits.
    ///
    /// `ledger` is the consumer's own binding to the receiver's namespace (`script_name` names the receiver's Worker).
    ///
    /// # Errors
    ///
    /// The base64 is damaged; there is no ledger binding; the ledger cannot be reached, or has the body no more.
    pub async fn fetch_body(&self, ledger: Option<&ObjectNamespace>) -> Result<Cow<'_, [u8]>> {
        let MessageBody::Stored(stored) = &self.body else {
            return self
                .body
                .bytes()
                .ok_or_else(|| "the body is not base64".into());
        };
        let ledger = ledger
            .ok_or("the body waits in the ledger: bind the receiver's namespace as LEDGER")?;
        let object = ledger.id_from_name(&stored.object)?.get_stub()?;
        let response = object
            .fetch_with_str(&format!("https://ledger{}", stored.path))
            .await?;
        let status = response.status_code();
        let body = js::bytes_of_response(&response.into()).await?;
        if status != 200 {
            return Err(format!("the ledger answered {status} for the body").into());
        }
        let body = body.to_vec();
        if body.len() == stored.bytes {
            Ok(Cow::Owned(body))
        } else {
            Err(format!("the ledger sent {} bytes of {}", body.len(), stored.bytes).into())
        }
    }
}
