//! One HTTP exchange as a webhook's sender makes it: no redirect is followed, and it takes 15 s at most.

mod body;
mod no_answer;

use std::net::IpAddr;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use hyper::body::Bytes;
use overten_webhook::Code;
use reqwest::{Method, Url, redirect};
use tokio::time::timeout;

use crate::failure::{Failure, Status};

pub(crate) use body::Pace;
pub(crate) use no_answer::NoAnswer;

/// How long Overten waits for an answer. Documented.
pub(crate) const TIME_OUT: Duration = Duration::from_secs(15);

/// What Overten calls itself. Documented; it is not signed.
pub(crate) const USER_AGENT: &str = "Overten-Webhook/1.0";

/// The most of an answer that is read: a receiver's is a line.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// How long a receiver's words may take once its status is there, which is what counts.
const WORDS_WITHIN: Duration = Duration::from_secs(2);

/// Keeps its connections, and opens no more than are used at once.
#[derive(Debug, Clone)]
pub(crate) struct Client(reqwest::Client);

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The first MiB of it.
    pub(crate) body: Vec<u8>,
}

impl Client {
    /// A client for this address: where it is http, no certificates are asked of the system, which may have none.
    ///
    /// # Errors
    ///
    /// The system's certificates cannot be loaded.
    pub(crate) fn new(url: &Url, time_out: Duration) -> Result<Self, Failure> {
        // Refused where one is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(time_out)
            .http1_only()
            .http1_title_case_headers()
            .tcp_nodelay(true);
        if url.scheme() == "http" {
            builder = builder.tls_certs_only([]);
        }
        if is_this_machine(url) {
            builder = builder.no_proxy();
        }
        builder.build().map(Self).map_err(|error| {
            Failure::new(
                format_args!("no HTTPS client could be made: {}", no_answer::innermost(&error)),
                "install the system's certificates (Debian: `ca-certificates`), or name a file of them in SSL_CERT_FILE",
            )
        })
    }

    /// Posts a body, byte for byte. A header given twice is sent twice. The answer is its status; of its body there is what came
    /// whole, or broke off, soon after.
    ///
    /// # Errors
    ///
    /// [`NoAnswer`], where none came.
    pub(crate) async fn post(
        &self,
        url: &Url,
        headers: HeaderMap,
        body: Bytes,
        pace: Pace,
    ) -> Result<Answer, NoAnswer> {
        let request = self.0.request(Method::POST, url.clone()).headers(headers);
        let response = request.body(pace.body(body)).send().await;
        let mut response = response.map_err(NoAnswer::of)?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        let _ = timeout(WORDS_WITHIN, read(&mut response, &mut body)).await;
        Ok(Answer { status, body })
    }

    /// Asks for something, with a JSON body where there is one.
    ///
    /// # Errors
    ///
    /// [`NoAnswer`], where none came.
    pub(crate) async fn ask(
        &self,
        method: Method,
        url: &Url,
        header: (&HeaderName, &HeaderValue),
        body: Option<Vec<u8>>,
    ) -> Result<Answer, NoAnswer> {
        let mut request = self
            .0
            .request(method, url.clone())
            .header(header.0, header.1);
        if let Some(body) = body {
            request = request
                .header(http::header::CONTENT_TYPE, "application/json")
                .body(body);
        }
        let mut response = request.send().await.map_err(NoAnswer::of)?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        read(&mut response, &mut body).await?;
        Ok(Answer { status, body })
    }
}

/// Reads the first MiB of the answer's body.
async fn read(response: &mut reqwest::Response, body: &mut Vec<u8>) -> Result<(), NoAnswer> {
    while let Some(chunk) = response.chunk().await.map_err(NoAnswer::of)? {
        body.extend_from_slice(&chunk);
        if body.len() >= MAX_ANSWER_BYTES {
            body.truncate(MAX_ANSWER_BYTES);
            break;
        }
    }
    Ok(())
}

impl Answer {
    /// Such as `200 accepted` or `204`: of what a receiver writes only a word that this project's receivers know, so that nothing
    /// foreign is shown.
    pub(crate) fn words(&self) -> String {
        match self.code() {
            Some(code) => format!("{} {code}", self.status),
            None => self.status.to_string(),
        }
    }

    /// The word of a receiver of this project, `{"status":"accepted"}` or `{"error":"in_flight"}`, where it is one of them.
    pub(crate) fn code(&self) -> Option<Code> {
        #[derive(serde::Deserialize)]
        struct Reply {
            status: Option<String>,
            error: Option<String>,
        }
        let reply: Reply = serde_json::from_slice(&self.body).ok()?;
        reply.status.or(reply.error)?.parse().ok()
    }
}

/// Reads an address to post to: http or https.
pub(crate) fn parse_url(text: &str) -> Result<Url, String> {
    let url: Url = text.parse().map_err(|error| {
        format!("{error}: write it whole, such as http://127.0.0.1:8787/webhooks/overten")
    })?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        other => Err(format!(
            "`{other}` is not spoken here: write an http or https address"
        )),
    }
}

/// A proxy of the environment is for what lies beyond this machine.
fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

/// The runtime that commands with a network side run in.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::new(
                format_args!("no threads could be started: {error}"),
                "free some of the machine's memory, or raise its limit of threads",
            )
            .with_status(Status::Failed)
        })
}
