//! `simulate`: stands in for Overten on this machine, for tests without an account.

mod deliver;
mod routes;
mod state;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::api::AuthorizationArguments;
use crate::failure::{Failure, Status};
use crate::http::runtime;
use crate::overten;
use crate::retries::Retries;
use state::Simulator;

fn after_help() -> String {
    format!(
        "{}

A generation call may hold a member `simulate` with what is to go wrong: event (another than run.completed), preset (of \
`send`, for every delivery), slow_ms (the body takes so long), duplicates (so many more of each at once), out_of_order (an \
earlier task's run.failed comes last), down_ms (for so long the API answers 503 and nothing is delivered). Subscriptions \
are held in memory only.

The authorisation that --authorization-file or OVERTEN_AUTHORIZATION holds is asked for of every call; without one, none is.

Example: a stand-in on port 8790 that tries again soon
  overten-webhook simulate --port 8790 --retry-delay 200ms",
        overten::STATUS
    )
}

#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(crate) struct Arguments {
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 8790)]
    port: u16,

    #[command(flatten)]
    authorization: AuthorizationArguments,

    /// File with the organisation's secret [default: one made just now; GET /verify gives it]
    #[arg(long, value_name = "FILE")]
    organisation_secret_file: Option<PathBuf>,

    #[command(flatten)]
    retries: Retries,

    /// Give each retry the timestamp of the first attempt. Which of the two Overten does is not known
    #[arg(long)]
    reuse_timestamp: bool,

    /// How long an answer may take; Overten waits 15 s
    #[arg(long, value_name = "TIME", default_value = "15s", value_parser = crate::duration::parse)]
    time_out: Duration,

    /// Show one JSON object a line
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(crate) fn run(self) -> Result<Status, Failure> {
        runtime()?.block_on(self.serve())
    }

    async fn serve(self) -> Result<Status, Failure> {
        let authorization = self.authorization.read()?;
        let is_open = authorization.is_none();
        let simulator = Arc::new(Simulator::new(state::Settings {
            authorization,
            organisation_secret: self.organisation_secret_file.as_deref(),
            retries: self.retries,
            reuse_timestamp: self.reuse_timestamp,
            time_out: self.time_out,
            json: self.json,
        })?);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let listener = TcpListener::bind(address).await.map_err(|error| {
            Failure::new(
                format_args!("{address} cannot be listened on: {error}"),
                "choose another --port, or 0 for a free one",
            )
        })?;
        let address = listener
            .local_addr()
            .map_err(|error| Failure::new(error, ""))?;
        simulator.say_listening(address, is_open);

        let (stop, ended_by) = stopping();
        let served = axum::serve(listener, routes::routes(Arc::clone(&simulator)))
            .with_graceful_shutdown(stop)
            .await;
        served.map_err(|error| {
            Failure::new(format_args!("serving ended: {error}"), "start it again")
        })?;
        simulator.end().await;
        Ok(ended_by.await.unwrap_or(Status::Done))
    }
}

/// Resolves at Ctrl-C or a request to terminate; the second says which of them it was.
fn stopping() -> (
    impl Future<Output = ()> + Send + 'static,
    tokio::sync::oneshot::Receiver<Status>,
) {
    let (say, ended_by) = tokio::sync::oneshot::channel();
    let stop = async move {
        let status = tokio::select! {
            _ = tokio::signal::ctrl_c() => Status::Interrupted,
            () = terminated() => Status::Done,
        };
        // The other side waits for it, unless the program ends for another reason.
        let _ = say.send(status);
    };
    (stop, ended_by)
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}
