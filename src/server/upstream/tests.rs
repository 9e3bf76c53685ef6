//! Calls to real servers on loopback, most of which misbehave.

mod addresses;
mod bodies;
mod deadlines;
mod proxies;
mod records;
mod redirects;
mod retries;
mod servers;
mod streams;
mod telemetry;
mod texts;
mod tls;

use self::servers::{Server, answer};
use super::*;
use crate::settings::Secret;

const CAP: usize = 64 << 10;

/// Nobody else than loopback may be called.
fn egress() -> EgressSettings {
    EgressSettings {
        proxy: None,
        ca_file: None,
        allow_ranges: vec!["127.0.0.0/8".parse().unwrap()],
        connect_timeout: Duration::from_secs(5),
    }
}

/// Nobody listens there.
fn no_dns() -> DnsSettings {
    DnsSettings { servers: vec!["127.0.0.1:1".parse().unwrap()], ask_internal: false }
}

fn upstream() -> Upstream {
    Upstream::new(&egress(), &no_dns()).unwrap()
}

fn get(url: impl AsRef<str>) -> Call {
    Call {
        to: "fake",
        method: Method::GET,
        url: url.as_ref().parse().unwrap(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
        deadline: Instant::now() + Duration::from_secs(20),
        body_cap: CAP,
        expects: Expects::Anything,
        retries: 0,
        may_repeat: true,
    }
}

fn post(url: impl AsRef<str>, body: &'static str) -> Call {
    Call { method: Method::POST, body: Bytes::from_static(body.as_bytes()), ..get(url) }
}

/// A key in a header of the provider's own, one in a well-known header, and a header that is no secret.
fn with_keys(mut call: Call) -> Call {
    secret_header(&mut call.headers, "x-apikey", "s3cret").unwrap();
    plain_header(&mut call.headers, "authorization", "Bearer s3cret").unwrap();
    plain_header(&mut call.headers, "accept", "application/json").unwrap();
    call
}
