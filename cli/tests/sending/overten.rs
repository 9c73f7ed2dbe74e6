//! `simulate`, running, and the calls that a test makes to it.

use reqwest::{Client, Method};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::program::{Background, program};

pub(crate) const AUTHORIZATION: &str = "Bearer of-my-own-making";

/// A stand-in for Overten; ended when dropped.
pub(crate) struct Overten {
    pub(crate) url: String,
    pub(crate) program: Background,
    pub(crate) caller: Caller,
}

/// Calls an API.
pub(crate) struct Caller {
    client: Client,
    runtime: Runtime,
}

impl Overten {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut command = program();
        command
            .args(["simulate", "--port", "0", "--json"])
            .args(arguments);
        if !arguments.contains(&"--retry-delay") {
            command.args(["--retry-delay", "20ms"]);
        }
        let mut program = Background::start(command.env("OVERTEN_AUTHORIZATION", AUTHORIZATION));
        let first: Value = serde_json::from_str(&program.line()).unwrap();
        Self {
            url: first["listening"].as_str().unwrap().to_owned(),
            program,
            caller: Caller::new(),
        }
    }

    /// What a call is answered: its status and its JSON.
    pub(crate) fn call(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        self.caller
            .call(&self.url, AUTHORIZATION, method, path, body)
    }

    /// Begins a generation; gives its run.
    pub(crate) fn generate(&self, body: &Value) -> String {
        let (status, reply) = self.call(Method::POST, "/generate", Some(body));
        assert_eq!(status, 202, "{reply}");
        reply["run_id"].as_str().unwrap().to_owned()
    }

    /// The next line that it writes about a delivery.
    pub(crate) fn delivered(&mut self) -> Value {
        loop {
            let line = self.program.line();
            let line: Value =
                serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
            if line.get("call").is_none() {
                return line;
            }
        }
    }
}

impl Caller {
    pub(crate) fn new() -> Self {
        // Done already by another test, in most cases.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .build()
            .unwrap();
        Self {
            client,
            runtime: Runtime::new().unwrap(),
        }
    }

    pub(crate) fn call(
        &self,
        url: &str,
        authorization: &str,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> (u16, Value) {
        let mut request = self
            .client
            .request(method, format!("{url}{path}"))
            .header("authorization", authorization);
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        self.runtime.block_on(async {
            let reply = request.send().await.unwrap();
            let status = reply.status().as_u16();
            let bytes = reply.bytes().await.unwrap();
            (status, serde_json::from_slice(&bytes).unwrap_or_default())
        })
    }
}
