//! `listen`: a receiver on this machine.

use std::net::{IpAddr, SocketAddr};
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;
use std::sync::Arc;

use overten_webhook::{MismatchAnswer, Receiver, Retention, Scope, Secrets, Tolerance, Verifier};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use crate::failure::{Failure, Status};
use crate::listen::clock::Clock;
use crate::listen::database::Database;
use crate::listen::explaining::Explaining;
use crate::listen::folder::Folder;
use crate::listen::listener::{Listener, Selection};
use crate::listen::reception::Desk;
use crate::listen::server;
use crate::listen::shown::{Screen, Shown};
use crate::listen::signals::{self, Ended};
use crate::listen::store::Store;
use crate::secrets::{SecretArguments, refused};

const MEBIBYTE: u64 = 1024 * 1024;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  overten-webhook listen --secrets-file secrets.txt --forward-to http://127.0.0.1:3000/hooks"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    secrets: SecretArguments,
    #[command(flatten)]
    settings: Settings,
    /// The port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 8088)]
    port: u16,
    /// The address to listen on: only this machine reaches the default
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    address: IpAddr,
    /// Where deliveries are kept [default: `overten-webhook` in the platform's data folder]
    #[arg(long)]
    folder: Option<PathBuf>,
    /// The most that is kept, in MiB: then the oldest that were not accepted go first, and after them the oldest accepted ones
    /// that need not be forwarded any more
    #[arg(long, value_name = "MIB", default_value_t = 256)]
    max_saved_mib: u64,
    /// Show and forward only events of this name (several times: any of them); the others are accepted and kept all the same
    #[arg(long = "event", value_name = "NAME")]
    events: Vec<String>,
    /// One JSON object a line: the receiver's log lines, and between them what `listen` adds, which begins with "listen"
    #[arg(long)]
    json: bool,
}

/// What a receiver judges by, with the names that the settings have in every stack.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Settings of the receiver")]
struct Settings {
    /// The path that deliveries come to
    #[arg(long, default_value = "/webhooks/overten")]
    path: String,
    /// What makes two deliveries one: `run` (event and run) or, for who resumes runs, `task` (event, run and task)
    #[arg(long, value_name = "SCOPE", default_value_t)]
    key_scope: Scope,
    /// How old a delivery may be, in seconds, or `off` [default: 3 days]
    #[arg(long, value_name = "SECONDS", value_parser = side)]
    tolerance_past_seconds: Option<Side>,
    /// How far ahead of this machine's clock, in seconds, or `off` [default: 300]
    #[arg(long, value_name = "SECONDS", value_parser = side)]
    tolerance_future_seconds: Option<Side>,
    /// The longest body that is taken, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = const { NonZeroUsize::new(overten_webhook::DEFAULT_MAX_BODY_BYTES).unwrap() })]
    max_body_bytes: NonZeroUsize,
    /// How long a claim lasts whose holder died, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = const { NonZeroU64::new(60).unwrap() })]
    lease_seconds: NonZeroU64,
    /// How long a delivery is known as handled, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = Retention::DEFAULT_SECONDS)]
    retention_seconds: u64,
    /// The status for a signature that no secret made: 401, or 503 while secrets are being set up or changed
    #[arg(long, value_name = "STATUS", default_value = "401")]
    mismatch_status: MismatchAnswer,
}

/// Seconds; None where that side is switched off.
#[derive(Debug, Clone, Copy)]
struct Side(Option<u64>);

fn side(text: &str) -> Result<Side, &'static str> {
    match text {
        "off" => Ok(Side(None)),
        text => text
            .parse()
            .map(|seconds| Side(Some(seconds)))
            .map_err(|_| "neither a number of seconds nor 'off'"),
    }
}

impl Settings {
    fn tolerance(&self) -> Tolerance {
        let mut tolerance = Tolerance::for_receiver(true);
        if let Some(Side(past)) = self.tolerance_past_seconds {
            tolerance = past.map_or(tolerance.without_past(), |past| tolerance.with_past(past));
        }
        if let Some(Side(future)) = self.tolerance_future_seconds {
            tolerance = future.map_or(tolerance.without_future(), |future| {
                tolerance.with_future(future)
            });
        }
        tolerance
    }

    fn receiver(&self, secrets: Secrets) -> Result<Receiver, Failure> {
        let verifier = Verifier::new(secrets)
            .with_tolerance(self.tolerance())
            .with_max_body_bytes(self.max_body_bytes.get());
        let receiver = Receiver::new(verifier, Retention::from_seconds(self.retention_seconds))
            .map_err(|error| {
                Failure::new(
                    error,
                    "raise --retention-seconds or lower --tolerance-past-seconds",
                )
                .with_status(Status::Usage)
            })?;
        let receiver = receiver.with_path(&self.path).map_err(|error| {
            Failure::new(error, "give such a path with --path").with_status(Status::Usage)
        })?;
        Ok(receiver
            .with_scope(self.key_scope)
            .with_lease_seconds(self.lease_seconds)
            .with_mismatch(self.mismatch_status))
    }
}

impl Arguments {
    pub(crate) fn run(self) -> Result<Status, Failure> {
        let runtime = tokio::runtime::Runtime::new().map_err(|error| {
            Failure::new(
                format_args!("no threads can be started: {error}"),
                "end other programs, or raise the limit on threads",
            )
        })?;
        runtime.block_on(self.listen())
    }

    async fn listen(self) -> Result<Status, Failure> {
        let text = self.secrets.text()?;
        let secrets = Secrets::from_lines(&text).map_err(|error| refused(&error))?;
        let receiver = self.settings.receiver(secrets)?;
        let folder = Folder::open(self.folder.clone())?;
        let database = Database::open(&folder.database()?)?;
        let listener = bind(SocketAddr::new(self.address, self.port)).await?;
        let address = listener
            .local_addr()
            .unwrap_or(SocketAddr::new(self.address, self.port));
        let (stop, stopped) = watch::channel(false);

        let (screen, writer) = Screen::start(self.json, stop.clone());
        let (store, thread) = Store::start(database);
        let at_work = TaskTracker::new();
        let clock = Clock::of_host();
        screen.show(Shown::Started(receiver.start_line()));
        screen.show(Shown::Listening {
            url: format!("http://{address}{}", self.settings.path),
            folder: folder.path().display().to_string(),
            forward_to: None,
        });
        let shell = Listener {
            store: store.clone(),
            screen: screen.clone(),
            explaining: Arc::new(Explaining::start(text, &receiver, screen.clone())),
            clock: clock.clone(),
            at_work: at_work.clone(),
            most_bytes: self.max_saved_mib.saturating_mul(MEBIBYTE),
            max_body_bytes: self.settings.max_body_bytes.get() as u64,
            selection: Selection(self.events.clone()),
            forwarding: None,
        };
        let desk = Arc::new(Desk {
            receiver,
            clock,
            shell,
        });
        let signals = signals::watch(stop)?;
        server::serve(desk, listener, stopped, at_work.clone()).await;

        at_work.close();
        at_work.wait().await;
        drop(store);
        thread.join();
        drop(screen);
        writer.join();
        Ok(match signals.ended() {
            Ended::ByCtrlC => Status::Interrupted,
            Ended::Otherwise => Status::Done,
        })
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    if !address.ip().is_loopback() {
        crate::output::say_warning(&format!(
            "listening on {address}: whoever reaches this machine can send to it; without --address, only this machine can"
        ));
    }
    TcpListener::bind(address).await.map_err(|error| {
        let next = match error.kind() {
            std::io::ErrorKind::AddrInUse => "end the program that has the port, or choose another with --port (0 takes a free one)",
            std::io::ErrorKind::PermissionDenied => "choose a port above 1023 with --port",
            _ => "give an address of this machine with --address, and a free port with --port",
        };
        Failure::new(format_args!("cannot listen on {address}: {error}"), next)
    })
}
