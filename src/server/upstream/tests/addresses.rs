//! Nothing is sent to an address that the policy refuses, however it is named.

use super::{servers::NameServer, *};

/// An upstream that asks this name server, and may call these ranges.
fn asking(names: &NameServer, allow: &[&str]) -> Upstream {
    let allow_ranges = allow.iter().map(|range| range.parse().unwrap()).collect();
    let dns = DnsSettings { servers: vec![names.address], ask_internal: false };
    Upstream::new(&EgressSettings { allow_ranges, ..egress() }, &dns).unwrap()
}

#[tokio::test]
async fn forbidden_literals_are_denied_before_anything_is_sent() {
    let server = Server::answering([answer("200 OK", "")]).await;
    let strict = Upstream::new(&EgressSettings { allow_ranges: Vec::new(), ..egress() }, &no_dns()).unwrap();
    for host in ["127.0.0.1", "127.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"] {
        let url = format!("http://{host}:{}/", server.port());
        assert_eq!(strict.send(get(url)).await, Err(SendError::Denied), "{host}");
    }
    assert_eq!(upstream().send(get("http://169.254.169.254/latest/meta-data/")).await, Err(SendError::Denied));
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn unusable_addresses_are_refused() {
    for url in ["ftp://127.0.0.1/", "https://user:pass@127.0.0.1/", "data:,x"] {
        assert_eq!(upstream().send(get(url)).await, Err(SendError::BadUrl), "{url}");
    }
}

#[tokio::test]
async fn names_of_forbidden_addresses_are_denied() {
    let names = NameServer::start(&[
        ("metadata.example.", &["169.254.169.254"]),
        ("loopback.example.", &["127.0.0.1", "::1"]),
        ("mapped.example.", &["::ffff:10.0.0.1"]),
    ])
    .await;
    let upstream = asking(&names, &[]);
    for host in ["metadata.example", "loopback.example", "mapped.example", "METADATA.EXAMPLE."] {
        assert_eq!(upstream.send(get(format!("http://{host}/"))).await, Err(SendError::Denied), "{host}");
    }
    assert_eq!(upstream.send(get("http://absent.example/")).await, Err(SendError::Resolve));
}

#[tokio::test]
async fn of_several_addresses_only_the_permitted_are_left() {
    let names =
        NameServer::start(&[("mixed.example.", &["10.0.0.1", "93.184.216.34", "169.254.169.254", "fe80::1"])]).await;
    let upstream = asking(&names, &[]);
    let permitted = upstream.resolver().permitted_addresses("mixed.example").await.unwrap();
    assert_eq!(permitted, ["93.184.216.34".parse::<std::net::IpAddr>().unwrap()]);
}

#[tokio::test]
async fn the_connection_goes_to_a_permitted_address() {
    let server = Server::answering([answer("200 OK", "here")]).await;
    let names = NameServer::start(&[("vendor.example.", &["169.254.169.254", "127.0.0.1"])]).await;
    let upstream = asking(&names, &["127.0.0.1/32"]);
    let received = upstream.send(get(format!("http://vendor.example:{}/", server.port()))).await.unwrap();
    assert_eq!(received.body, "here");
    assert!(server.seen()[0].contains(&format!("host: vendor.example:{}", server.port())));
}

#[tokio::test]
async fn a_name_that_moves_to_a_forbidden_address_is_denied() {
    let server = Server::answering([answer("200 OK", "")]).await;
    let names = NameServer::start(&[("vendor.example.", &["127.0.0.1"])]).await;
    let upstream = asking(&names, &["127.0.0.1/32"]);
    let call = get(format!("http://vendor.example:{}/", server.port()));
    assert!(upstream.send(call.clone()).await.is_ok());
    names.set("vendor.example.", &["127.0.0.2"]).await;
    assert_eq!(upstream.send(call).await, Err(SendError::Denied));
}
