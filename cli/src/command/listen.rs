//! `listen`: a receiver on this machine.

use std::net::{IpAddr, SocketAddr};
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;
use std::sync::Arc;

use overten_webhook::{MismatchAnswer, Receiver, Retention, Scope, Secrets, Tolerance, Verifier};
use reqwest::Url;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;
use zeroize::Zeroizing;

use crate::api::{ApiArguments, AuthorizationArguments};
use crate::failure::{Failure, Status};
use crate::http::{parse_url, runtime};
use crate::listen::chosen::Filters;
use crate::listen::clock::Clock;
use crate::listen::database::Database;
use crate::listen::explaining::Explaining;
use crate::listen::folder::Folder;
use crate::listen::forwarding::{Forwarder, Target};
use crate::listen::human;
use crate::listen::listener::{Listener, Selection};
use crate::listen::outbox;
use crate::listen::reception::Desk;
use crate::listen::server;
use crate::listen::shelf::Shelf;
use crate::listen::shown::{Screen, Shown};
use crate::listen::signals;
use crate::listen::store::{Durable, Store};
use crate::listen::subscribed::Subscribed;
use crate::output;
use crate::secrets::{SecretArguments, refused};
use crate::side::{Side, side};

const MEBIBYTE: u64 = 1024 * 1024;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  overten-webhook listen --secrets-file secrets.txt --forward-to http://127.0.0.1:3000/hooks"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    secrets: SecretArguments,
    /// The port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 8088)]
    port: u16,
    /// The address to listen on: only this machine reaches the default
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    address: IpAddr,
    /// Pass authentic deliveries on to this address, each until it answers 2xx: with their body and headers as they came, their key
    /// in `Idempotency-Key`, and what the variable `ORIGIN_AUTHORIZATION` holds in `Authorization`
    #[arg(long, value_name = "URL", value_parser = parse_url)]
    forward_to: Option<Url>,
    /// Make a subscription to this public address for as long as this runs; its secret is taken beside the others
    #[arg(long, value_name = "PUBLIC_URL", value_parser = parse_url, requires = "api")]
    subscribe: Option<Url>,
    /// The API's address, that of Overten or of `simulate`
    #[arg(long, value_name = "URL", env = "OVERTEN_API", value_parser = parse_url)]
    api: Option<Url>,
    #[command(flatten)]
    authorization: AuthorizationArguments,
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
    /// Do not listen: list what is saved
    #[arg(long)]
    list: bool,
    /// List only what was not accepted, or is not forwarded yet
    #[arg(long, requires = "list")]
    failed: bool,
    /// Do not listen: write the delivery of this number as it was received, for `verify` and `explain`
    #[arg(long, value_name = "NUMBER", conflicts_with = "list")]
    export: Option<i64>,
    /// One JSON object a line: the receiver's log lines, and between them what `listen` adds, which begins with "listen"
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
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
        if let Some(number) = self.export {
            output::print_line(&Shelf::open(self.folder)?.export(number)?)?;
            return Ok(Status::Done);
        }
        if self.list {
            return self.list();
        }
        runtime()?.block_on(self.listen())
    }

    fn list(self) -> Result<Status, Failure> {
        let filters = Filters {
            events: self.events,
            run_id: None,
            failed: self.failed,
        };
        for saved in Shelf::open(self.folder)?.chosen(&filters)? {
            let line = match self.json {
                true => serde_json::to_string(&saved).unwrap_or_default(),
                false => human::saved(&saved),
            };
            output::print_line(&line)?;
        }
        Ok(Status::Done)
    }

    async fn listen(mut self) -> Result<Status, Failure> {
        let text = match self.subscribe {
            Some(_) if !self.secrets.are_given() => Zeroizing::default(),
            _ => self.secrets.text()?,
        };
        let place = Place::take(&self).await?;
        let (stop, stopped) = watch::channel(false);
        let signals = signals::watch(stop.clone())?;
        let (Some(url), Some(api)) = (self.subscribe.take(), self.api.take()) else {
            self.receive(text, place, None, (stop, stopped)).await?;
            return Ok(signals.status());
        };
        let api = ApiArguments::new(api, self.authorization.clone());
        let (subscribed, line) = Subscribed::make(&api, &url, &self.events).await?;
        signals.say_at_once(subscribed.command());
        let text = Zeroizing::new([text.as_slice(), b"\n", line.as_bytes()].concat());
        let received = self
            .receive(text, place, Some(subscribed.says()), (stop, stopped))
            .await;
        subscribed.remove().await?;
        received.map(|()| signals.status())
    }

    fn folder_argument(&self) -> Arc<str> {
        let folder = self.folder.as_ref();
        let folder = folder.map(|folder| format!(" --folder '{}'", folder.display()));
        folder.unwrap_or_default().into()
    }

    /// Receives until it is stopped.
    async fn receive(
        &self,
        secrets: Zeroizing<Vec<u8>>,
        place: Place,
        subscribed: Option<String>,
        (stop, stopped): (watch::Sender<bool>, watch::Receiver<bool>),
    ) -> Result<(), Failure> {
        let receiver = Secrets::from_lines(&secrets).map_err(|error| refused(&error))?;
        let receiver = Arc::new(self.settings.receiver(receiver)?);
        let Place {
            target,
            folder,
            database,
            socket,
            url,
        } = place;
        let (screen, writer) = Screen::start(self.json, stop);
        let (store, thread) = Store::start(database);
        let (clock, at_work) = (Clock::of_host(), TaskTracker::new());
        screen.show(Shown::Started(receiver.start_line()));
        screen.show(Shown::Listening {
            url,
            folder: folder.path().display().to_string(),
            forward_to: target.as_ref().map(Target::shown),
        });
        if let Some(what) = subscribed {
            screen.show(Shown::Said(what));
        }
        let forwarder = target.map(|target| {
            Forwarder::new(
                target,
                store.clone(),
                screen.clone(),
                clock.clone(),
                stopped.clone(),
            )
        });
        if forwarder.is_none() {
            say_what_waits(&folder, &store, &screen).await;
        }
        let shell = Listener {
            store,
            explaining: Arc::new(Explaining::start(
                secrets,
                &receiver,
                screen.clone(),
                self.folder_argument(),
            )),
            screen,
            clock: clock.clone(),
            folder: folder.clone(),
            at_work: at_work.clone(),
            most_bytes: self.max_saved_mib.saturating_mul(MEBIBYTE),
            max_body_bytes: self.settings.max_body_bytes.get() as u64,
            selection: Selection(self.events.clone()),
            forwarding: forwarder.as_ref().map(Forwarder::new_ones),
        };
        let desk = Arc::new(Desk {
            receiver,
            clock,
            shell,
        });
        let forwarding = forwarder.map(|forwarder| tokio::spawn(forwarder.run(folder)));
        server::serve(desk, socket, stopped, at_work.clone()).await;

        at_work.close();
        at_work.wait().await;
        if let Some(forwarding) = forwarding {
            // It has told of a panic by itself.
            let _ = forwarding.await;
        }
        thread.join();
        writer.join().map_err(|error| {
            Failure::new(
                format_args!(
                    "listening has ended, because standard output takes no more lines: {error}"
                ),
                "start it again, with a reader that stays or a file that has room",
            )
        })
    }
}

/// What must be there before anything begins.
struct Place {
    target: Option<Target>,
    folder: Folder,
    database: Database,
    socket: TcpListener,
    /// Where this is to be reached.
    url: String,
}

impl Place {
    async fn take(arguments: &Arguments) -> Result<Self, Failure> {
        let target = arguments.forward_to.clone().map(Target::new).transpose()?;
        let folder = Folder::open(arguments.folder.clone())?;
        let database = Database::open(&folder.database()?)?;
        let wanted = SocketAddr::new(arguments.address, arguments.port);
        let socket = bind(wanted).await?;
        let address = socket.local_addr().unwrap_or(wanted);
        let url = format!("http://{address}{}", arguments.settings.path);
        Ok(Self {
            target,
            folder,
            database,
            socket,
            url,
        })
    }
}

/// Another listener may have a target, or an earlier one have had it.
async fn say_what_waits(folder: &Folder, store: &Store, screen: &Screen) {
    if folder.is_forwarded_from() {
        screen.show(Shown::Said(
            "another listener forwards from this folder: it forwards what is taken in here too"
                .to_owned(),
        ));
    } else if let Ok(deliveries @ 1..) = store.run(Durable::No, outbox::count).await {
        screen.show(Shown::Waiting(deliveries));
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    if !address.ip().is_loopback() {
        output::say_warning(&format!(
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
