//! Why an exchange brought no answer, in words, and what to do about it.

use std::error::Error;
use std::fmt;
use std::io;

use reqwest::Url;

use crate::failure::Failure;

/// Why there was no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    TimedOut,
    /// The host's name has no address.
    NotResolved,
    Refused,
    /// No secure connection could be agreed on, and why.
    Tls(String),
    /// No connection, and why.
    NotConnected(String),
    /// The connection ended before an answer.
    Lost,
    /// Broken off by the sender itself, as was asked of it.
    BrokenOff,
}

impl NoAnswer {
    pub(super) fn of(error: reqwest::Error) -> Self {
        // The address may hold what is not for logs.
        let error = error.without_url();
        let chain = chain_of(&error);
        if chain
            .iter()
            .any(|error| error.is::<super::body::BrokenOff>())
        {
            return Self::BrokenOff;
        }
        if let Some(tls) = chain
            .iter()
            .find_map(|error| error.downcast_ref::<rustls::Error>())
        {
            return Self::Tls(tls.to_string());
        }
        if error.is_timeout() {
            return Self::TimedOut;
        }
        if error.is_dns() {
            return Self::NotResolved;
        }
        let refused = |error: &&(dyn Error + 'static)| {
            error
                .downcast_ref::<io::Error>()
                .is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
        };
        if chain.iter().any(refused) {
            return Self::Refused;
        }
        if error.is_connect() {
            return Self::NotConnected(innermost(&error));
        }
        Self::Lost
    }

    /// Whether it will be the same in a minute.
    pub(crate) const fn is_lasting(&self) -> bool {
        matches!(self, Self::NotResolved | Self::Tls(_))
    }

    /// Whether the other side cannot have seen the request.
    pub(crate) const fn was_never_sent(&self) -> bool {
        matches!(
            self,
            Self::NotResolved | Self::Refused | Self::Tls(_) | Self::NotConnected(_)
        )
    }

    /// The same of the API, which is no receiver.
    pub(crate) fn failure_of_api(&self, url: &Url) -> Failure {
        let port = url.port_or_known_default().unwrap_or_default();
        let next = match self {
            Self::Refused => format!(
                "correct the API's address (--api or OVERTEN_API): nothing listens on {port}; \
                 `overten-webhook simulate` starts a stand-in"
            ),
            Self::Tls(_) => "correct the API's address (--api or OVERTEN_API): http:// is for `simulate` alone; \
                             where its certificate is of an authority of your own, name that in SSL_CERT_FILE"
                .to_owned(),
            Self::Lost | Self::BrokenOff => {
                "see whether the API's address begins with the right one of http:// and https://, then do it again".to_owned()
            }
            _ => return self.failure(url),
        };
        let host = url.host_str().unwrap_or_default();
        Failure::new(format_args!("{host} port {port}: {self}"), next)
    }

    /// What a user is told, where nothing at that address has ever answered.
    pub(crate) fn failure(&self, url: &Url) -> Failure {
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or_default();
        let next = match self {
            Self::TimedOut => format!("see whether {host} port {port} is reachable from here, and what holds its receiver up"),
            Self::NotResolved => format!("look for a slip in `{host}`; on a machine without a name service write the address itself"),
            Self::Refused => format!("start the receiver (`overten-webhook listen` is one), or correct the port: nothing listens on {port}"),
            Self::Tls(_) => "use http:// where the receiver speaks plain HTTP; where its certificate is of an authority of your own, \
                             name that in SSL_CERT_FILE; else mend the certificate, for Overten will refuse it too"
                .to_owned(),
            Self::NotConnected(_) => format!("see whether a network, a firewall or a proxy stands between here and {host} port {port}"),
            Self::Lost | Self::BrokenOff => "look into the receiver's own log for what ended the connection; perhaps it speaks HTTPS".to_owned(),
        };
        Failure::new(format_args!("{host} port {port}: {self}"), next)
    }
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("timed out"),
            Self::NotResolved => f.write_str("the host's name was not found"),
            Self::Refused => f.write_str("connection refused"),
            Self::Tls(why) => write!(f, "no secure connection: {why}"),
            Self::NotConnected(why) => write!(f, "no connection: {why}"),
            Self::Lost => f.write_str("connection lost"),
            Self::BrokenOff => f.write_str("broken off on purpose"),
        }
    }
}

/// The last of the causes, in its own words.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    chain_of(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// The error and its causes; those inside an `io::Error` too, which its `source` leaves out.
fn chain_of<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut chain = vec![error];
    let mut at = error;
    loop {
        let inner = at.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let next: Option<&'a (dyn Error + 'static)> = match inner {
            Some(inner) => Some(inner),
            None => at.source(),
        };
        let Some(next) = next else { return chain };
        chain.push(next);
        at = next;
    }
}
