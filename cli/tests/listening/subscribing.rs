//! `listen --subscribe`, against `simulate`.

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::listener::{Listener, Said, program, run};
use crate::target::free_port;

const AUTHORIZATION: &str = "Bearer of-my-own-making";

/// `simulate`, killed when it is dropped.
struct Api {
    child: Child,
    port: u16,
}

impl Api {
    fn start() -> Self {
        let port = free_port();
        let mut command = with_api(port);
        let child = command
            .args(["simulate", "--port", &port.to_string()])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            thread::sleep(Duration::from_millis(20));
        }
        Self { child, port }
    }

    fn subscriptions(&self) -> Said {
        run(with_api(self.port).args(["subscription", "list", "--json"]))
    }

    /// Has a generation end.
    fn generate(&self) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let call = format!(
            "POST /generate HTTP/1.1\r\nHost: localhost\r\nAuthorization: {AUTHORIZATION}\r\nContent-Length: 2\r\n\r\n{{}}"
        );
        std::io::Write::write_all(&mut stream, call.as_bytes()).unwrap();
        assert_eq!(crate::http::answer(&mut stream).unwrap().0, 202);
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program without a secret, and with what it needs to call the API.
fn with_api(port: u16) -> Command {
    let mut command = program();
    command.env_remove("OVERTEN_WEBHOOK_SECRETS");
    command
        .env("OVERTEN_AUTHORIZATION", AUTHORIZATION)
        .env("OVERTEN_API", format!("http://127.0.0.1:{port}"));
    command
}

/// A listener with a subscription of its own.
fn subscribed(api: &Api, folder: &std::path::Path) -> Listener {
    let port = free_port().to_string();
    let mut command = with_api(api.port);
    command
        .args(["listen", "--json", "--port", &port, "--folder"])
        .arg(folder);
    command.args([
        "--subscribe",
        &format!("http://127.0.0.1:{port}/webhooks/overten"),
    ]);
    Listener::spawn_as_it_is(&mut command)
}

#[test]
fn has_a_subscription_for_as_long_as_it_runs() {
    let (folder, api) = (tempfile::tempdir().unwrap(), Api::start());
    let mut listener = subscribed(&api, folder.path());
    let line = listener.wait_for(|line| line["listen"] == "said");
    assert!(
        line["detail"]
            .as_str()
            .unwrap()
            .contains("overten-webhook subscription delete"),
        "{line}"
    );
    assert_eq!(api.subscriptions().out.lines().count(), 1);
    api.generate();
    let line = listener.wait_for_code("accepted");
    assert_eq!(line["secret"], "listen");
    listener.end();
    assert_eq!(api.subscriptions().out, "");
}

#[test]
fn says_what_removes_a_subscription_that_it_could_not_remove() {
    let (folder, api) = (tempfile::tempdir().unwrap(), Api::start());
    let listener = subscribed(&api, folder.path());
    let id =
        serde_json::from_str::<serde_json::Value>(&api.subscriptions().out).unwrap()["id"].clone();
    let base = format!("http://127.0.0.1:{}/", api.port);
    drop(api);
    listener.signal("TERM");
    let (status, _, err) = listener.wait();
    assert_eq!(status, Some(1));
    let command = format!(
        "overten-webhook subscription delete '{}' --api '{base}'",
        id.as_str().unwrap()
    );
    assert!(err.contains(&command), "{err}");
}

#[test]
fn makes_none_where_it_cannot_listen() {
    let (folder, api) = (tempfile::tempdir().unwrap(), Api::start());
    let mut command = with_api(api.port);
    command
        .args(["listen", "--port", &api.port.to_string(), "--folder"])
        .arg(folder.path());
    let said = run(command.args(["--subscribe", "http://127.0.0.1:1/webhooks/overten"]));
    assert_eq!(said.status, 1, "{said:?}");
    assert_eq!(api.subscriptions().out, "");
}
