//! Telling somebody that a job has ended, with what came of it: only over HTTPS, and only hosts that the settings name.

use std::time::Duration;

use model::{Fault, Faulty};
use tokio::time::Instant;
use url::Url;
use uuid::Uuid;

use super::Outcome;
use crate::upstream::{Call, Expects, HeaderMap, Method, Upstream, plain_header};

/// How long telling may take, with everything that is tried again.
const PATIENCE: Duration = Duration::from_secs(30);

/// More than this of what is said to it is of no interest.
const ANSWER_CAP: usize = 64 * 1024;

/// Who is told when a job has ended.
#[derive(Debug, Clone)]
pub struct Callback(Url);

/// An address that is not told anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCallback {
    /// No address, not `https`, or one with a user's name in it.
    #[error("not an https address without user name and password")]
    Address,
    /// Not in `jobs.callback_hosts`.
    #[error("its host is not among those that are told when jobs end")]
    Host,
}

impl Faulty for BadCallback {
    fn fault(&self) -> Fault {
        match self {
            Self::Address => Fault::Invalid,
            Self::Host => Fault::Denied,
        }
    }
}

impl Callback {
    /// Checks an address against the hosts of the settings.
    pub fn new(address: &str, hosts: &[String]) -> Result<Self, BadCallback> {
        let url = Url::parse(address).map_err(|_| BadCallback::Address)?;
        if url.scheme() != "https" || !url.username().is_empty() || url.password().is_some() {
            return Err(BadCallback::Address);
        }
        let host = url.host_str().ok_or(BadCallback::Address)?;
        if hosts.iter().any(|known| known.eq_ignore_ascii_case(host)) { Ok(Self(url)) } else { Err(BadCallback::Host) }
    }

    /// Sends what came of a job.
    pub async fn tell(self, upstream: &Upstream, id: Uuid, outcome: &Outcome) {
        let mut headers = HeaderMap::new();
        let named = plain_header(&mut headers, "content-type", &outcome.content_type)
            .and_then(|()| plain_header(&mut headers, "x-job-id", &id.to_string()))
            .and_then(|()| plain_header(&mut headers, "x-job-status", &outcome.status.to_string()));
        let call = Call {
            to: "callback",
            method: Method::POST,
            url: self.0,
            headers,
            body: outcome.body.clone(),
            deadline: Instant::now() + PATIENCE,
            body_cap: ANSWER_CAP,
            expects: Expects::Anything,
            retries: 3,
            may_repeat: true,
        };
        let told = match named {
            Ok(()) => upstream.send(call).await.map(|received| received.status.as_u16()),
            Err(error) => Err(error),
        };
        match told {
            Ok(200..300) => {}
            Ok(status) => tracing::warn!(job = %id, status, "who was to be told of a job's end did not take it"),
            Err(error) => tracing::warn!(job = %id, %error, "who was to be told of a job's end could not be reached"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_hosts_are_told_and_only_over_https() {
        let hosts = ["hooks.example".to_owned()];
        let checked = |address: &str| Callback::new(address, &hosts).map(|_| ());
        assert_eq!(checked("https://Hooks.Example:8443/done?x=1"), Ok(()));
        for (address, expected) in [
            ("http://hooks.example/", BadCallback::Address),
            ("https://u:p@hooks.example/", BadCallback::Address),
            ("hooks.example", BadCallback::Address),
            ("https://hooks.example.evil.example/", BadCallback::Host),
            ("https://169.254.169.254/", BadCallback::Host),
        ] {
            assert_eq!(checked(address), Err(expected), "{address}");
        }
    }
}
