//! The HTTP client, and what its errors mean. It connects only to addresses that the resolver permits.
//!
//! With a proxy, names are resolved where the proxy's scheme says: by us for `socks5`, by the proxy for the others. Then
//! what names may lead to is the proxy's to decide; addresses are checked here all the same.

use std::{error::Error, io, net::SocketAddr, time::Duration};

use reqwest::{Certificate, Proxy, StatusCode, dns, redirect};
use url::Url;

use super::{Resolver, SendError, UpstreamError, redirect::Hop};
use crate::settings::{EgressSettings, Secret};

/// What the service calls itself.
const USER_AGENT: &str = concat!("pivotd/", env!("CARGO_PKG_VERSION"));

/// Idle connections that are kept for a host: as many as are used at once in busy hours.
const IDLE_PER_HOST: usize = 64;

/// Shorter than servers commonly keep idle connections, so that it is seldom they who close first.
const IDLE_FOR: Duration = Duration::from_secs(50);

/// How long an HTTP/2 connection may be silent while calls wait on it, and then how long for a sign of life.
const HTTP2_SILENCE: Duration = Duration::from_secs(10);
const HTTP2_SIGN_OF_LIFE: Duration = Duration::from_secs(5);

/// The HTTP client.
pub(super) struct Client {
    http: reqwest::Client,
    proxy_host: Option<String>,
}

/// Gives the process its one provider of cryptography. Whoever else installed it, it is the same.
pub fn install_tls() {
    rustls::crypto::ring::default_provider().install_default().ok();
}

impl Client {
    pub(super) fn new(egress: &EgressSettings, resolver: Resolver) -> Result<Self, UpstreamError> {
        install_tls();
        let proxy = egress.proxy.as_ref().map(proxy_url).transpose()?;
        let proxy_host = proxy.as_ref().and_then(|url| url.host_str().map(str::to_owned));
        let mut builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .no_proxy()
            .redirect(redirect::Policy::none())
            .referer(false)
            .dns_resolver(Names { resolver, proxy_host: proxy_host.clone() })
            .connect_timeout(egress.connect_timeout)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .pool_idle_timeout(IDLE_FOR)
            .http2_keep_alive_interval(HTTP2_SILENCE)
            .http2_keep_alive_timeout(HTTP2_SIGN_OF_LIFE);
        if let Some(url) = proxy {
            builder = builder.proxy(Proxy::all(url).map_err(|_| UpstreamError::BadProxy)?);
        }
        if let Some(path) = &egress.ca_file {
            let pem = std::fs::read(path).map_err(UpstreamError::CaFileUnreadable)?;
            let certificates = Certificate::from_pem_bundle(&pem).map_err(|_| UpstreamError::CaFileInvalid)?;
            if certificates.is_empty() {
                return Err(UpstreamError::CaFileInvalid);
            }
            builder = builder.tls_certs_merge(certificates);
        }
        let no_trust = if egress.ca_file.is_some() { UpstreamError::CaFileInvalid } else { UpstreamError::NoTrust };
        Ok(Self { http: builder.build().map_err(|_| no_trust)?, proxy_host })
    }

    /// Sends one request, and comes back with the head of its answer.
    pub(super) async fn send(&self, hop: &Hop) -> Result<reqwest::Response, SendError> {
        // The proxy's own address is exempt from the policy, so nothing but calls through it may lead there.
        if self.proxy_host.is_some() && self.proxy_host.as_deref() == hop.url.host_str() {
            return Err(SendError::Denied);
        }
        let mut request = reqwest::Request::new(hop.method.clone(), hop.url.clone());
        *request.headers_mut() = hop.headers.clone();
        if !hop.body.is_empty() {
            *request.body_mut() = Some(hop.body.clone().into());
        }
        let response = self.http.execute(request).await.map_err(|error| self.meaning(&error))?;
        if self.proxy_host.is_some() && response.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Err(SendError::Proxy);
        }
        Ok(response)
    }

    /// What an error means. Its own text names the address, and ends here.
    fn meaning(&self, error: &reqwest::Error) -> SendError {
        if let Some(own) = cause::<SendError>(error) {
            own.clone()
        } else if cause::<rustls::Error>(error).is_some() {
            SendError::Tls
        } else if error.is_builder() {
            SendError::BadUrl
        } else if !error.is_connect() {
            SendError::Reset
        } else if self.proxy_host.is_some() {
            SendError::Proxy
        } else {
            SendError::Connect
        }
    }
}

/// The proxy's address, if it is one that we can speak to.
fn proxy_url(proxy: &Secret) -> Result<Url, UpstreamError> {
    let url = Url::parse(proxy.expose()).map_err(|_| UpstreamError::BadProxy)?;
    let known = matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h");
    if known && url.has_host() { Ok(url) } else { Err(UpstreamError::BadProxy) }
}

/// The first error of a type in a chain. What an I/O error wraps is not among its sources.
fn cause<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    })
    .find_map(|error| error.downcast_ref())
}

/// What the client asks when it connects. The addresses that it gets are those that it connects to.
struct Names {
    resolver: Resolver,
    proxy_host: Option<String>,
}

impl dns::Resolve for Names {
    fn resolve(&self, name: dns::Name) -> dns::Resolving {
        let resolver = self.resolver.clone();
        let is_proxy = self.proxy_host.as_deref() == Some(name.as_str());
        Box::pin(async move {
            let addresses = if is_proxy {
                resolver.addresses(name.as_str()).await?
            } else {
                resolver.permitted_addresses(name.as_str()).await?
            };
            // The port of the address that is called takes the place of 0.
            let addresses: dns::Addrs = Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}
