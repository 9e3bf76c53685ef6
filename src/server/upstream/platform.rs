//! Calls to the platform that the service runs on: an address on the machine or its link, which nothing else may call.

use std::net::{IpAddr, Ipv4Addr};

use reqwest::redirect;
use tokio::time::timeout_at;
use tracing::Instrument as _;
use url::{Host, Url};

use super::{Call, Received, SendError, Upstream, body::read, redirect::Hop};
use crate::telemetry::{CallOutcome, spans};

impl Upstream {
    /// Sends a call to the platform and reads the answer: to an address that only the settings or the platform's own
    /// variables can have named, never to one of a caller or an answer. Not through a proxy, and no redirect is followed.
    pub async fn ask_platform(&self, call: Call) -> Result<Received, SendError> {
        let span = spans::call(call.to, call.method.as_str());
        let asking = ask(&call).instrument(span.clone());
        let outcome = timeout_at(call.deadline, asking).await.unwrap_or(Err(SendError::Timeout));
        let told = outcome.as_ref().map_or_else(SendError::outcome, |_| CallOutcome::Answered);
        spans::call_ended(&span, told, 1, outcome.as_ref().ok().map(|received| received.status.as_u16()));
        outcome
    }
}

async fn ask(call: &Call) -> Result<Received, SendError> {
    let mut hop = Hop::first(call)?;
    hop.url = on_the_machine(hop.url)?;
    // Asked once an hour: nothing of it is kept.
    let client = reqwest::Client::builder().no_proxy().redirect(redirect::Policy::none()).referer(false);
    let client = client.build().map_err(|_| SendError::Connect)?;
    let mut request = reqwest::Request::new(hop.method, hop.url);
    *request.headers_mut() = hop.headers;
    let response = client.execute(request).await;
    read(response.map_err(|error| if error.is_connect() { SendError::Connect } else { SendError::Reset })?, call).await
}

/// The address with the number of its host: nobody is asked what `localhost` is.
fn on_the_machine(mut url: Url) -> Result<Url, SendError> {
    let is_near = |address: IpAddr| match address {
        IpAddr::V4(address) => address.is_loopback() || address.is_link_local() || address.is_private(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unicast_link_local() || address.is_unique_local(),
    };
    match url.host().ok_or(SendError::BadUrl)? {
        Host::Domain("localhost") => {
            url.set_ip_host(Ipv4Addr::LOCALHOST.into()).map_err(|()| SendError::BadUrl)?;
            Ok(url)
        }
        Host::Ipv4(address) if is_near(address.into()) => Ok(url),
        Host::Ipv6(address) if is_near(address.into()) => Ok(url),
        _ => Err(SendError::Denied),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_platform_is_on_the_machine_or_its_link_and_nowhere_else() {
        for (url, asked) in [
            ("http://localhost:42356/msi/token", "http://127.0.0.1:42356/msi/token"),
            ("http://169.254.169.254/metadata", "http://169.254.169.254/metadata"),
            ("http://[fd00:ec2::254]/x", "http://[fd00:ec2::254]/x"),
        ] {
            assert_eq!(on_the_machine(url.parse().unwrap()).unwrap().as_str(), asked);
        }
        for url in ["http://9.9.9.9/", "http://example.org/", "http://[2620:fe::fe]/"] {
            assert_eq!(on_the_machine(url.parse().unwrap()), Err(SendError::Denied), "{url}");
        }
    }
}
