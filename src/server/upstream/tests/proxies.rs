//! Through a proxy the policy still holds, and only the proxy sees its credentials.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::{
    servers::{NameServer, read_request},
    *,
};

fn through(proxy: String, dns: &DnsSettings) -> Upstream {
    Upstream::new(&EgressSettings { proxy: Some(Secret::new(proxy)), ..egress() }, dns).unwrap()
}

#[tokio::test]
async fn calls_go_through_with_the_proxys_credentials() {
    let proxy = Server::answering([answer("200 OK", "fine")]).await;
    let upstream = through(format!("http://user:p%40ss@127.0.0.1:{}", proxy.port()), &no_dns());
    assert_eq!(upstream.send(get("http://vendor.example/x")).await.unwrap().body, "fine");
    let seen = &proxy.seen()[0];
    assert!(seen.starts_with("GET http://vendor.example/x HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains("proxy-authorization: Basic dXNlcjpwQHNz"), "{seen}");
}

#[tokio::test]
async fn keys_do_not_show_in_the_tunnel_request() {
    let proxy = Server::answering([answer("403 Forbidden", "")]).await;
    let upstream = through(format!("http://127.0.0.1:{}", proxy.port()), &no_dns());
    assert_eq!(upstream.send(with_keys(get("https://vendor.example/x"))).await, Err(SendError::Proxy));
    let seen = &proxy.seen()[0];
    assert!(seen.starts_with("CONNECT vendor.example:443 ") && !seen.contains("s3cret"), "{seen}");
}

#[tokio::test]
async fn a_proxy_that_wants_other_credentials_is_said_so() {
    let proxy = Server::answering([answer("407 Proxy Authentication Required", "")]).await;
    let upstream = through(format!("http://127.0.0.1:{}", proxy.port()), &no_dns());
    assert_eq!(upstream.send(get("http://vendor.example/")).await, Err(SendError::Proxy));
}

#[tokio::test]
async fn forbidden_addresses_do_not_reach_the_proxy() {
    let names = NameServer::start(&[("proxy.example.", &["127.0.0.1"])]).await;
    let proxy = Server::answering([answer("200 OK", "")]).await;
    let egress = EgressSettings {
        proxy: Some(Secret::new(format!("http://proxy.example:{}", proxy.port()))),
        allow_ranges: Vec::new(),
        ..egress()
    };
    let upstream = Upstream::new(&egress, &DnsSettings { servers: vec![names.address], ask_internal: false }).unwrap();
    for host in ["169.254.169.254", "localhost", "proxy.example"] {
        assert_eq!(upstream.send(get(format!("http://{host}/"))).await, Err(SendError::Denied), "{host}");
    }
    assert_eq!(proxy.seen().len(), 0);
    assert!(
        upstream.send(get("http://vendor.example/")).await.is_ok(),
        "the proxy's own address is the operator's choice"
    );
}

#[tokio::test]
async fn socks_gets_an_address_that_was_checked() {
    let names = NameServer::start(&[
        ("vendor.example.", &["169.254.169.254", "127.0.0.9"]),
        ("metadata.example.", &["169.254.169.254"]),
    ])
    .await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("socks5://{}", listener.local_addr().unwrap());
    let upstream = through(proxy, &DnsSettings { servers: vec![names.address], ask_internal: false });
    assert_eq!(upstream.send(get("http://metadata.example/")).await, Err(SendError::Denied));

    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut greeting = [0; 3];
        stream.read_exact(&mut greeting).await.unwrap();
        stream.write_all(&[5, 0]).await.unwrap();
        // Version, connect, reserved, IPv4, address, port.
        let mut request = [0; 10];
        stream.read_exact(&mut request).await.unwrap();
        stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
        read_request(&mut stream).await;
        stream.write_all(&answer("200 OK", "fine")).await.unwrap();
        request
    });
    assert_eq!(upstream.send(get("http://vendor.example:81/")).await.unwrap().body, "fine");
    assert_eq!(server.await.unwrap(), [5, 1, 0, 1, 127, 0, 0, 9, 0, 81]);
}

#[tokio::test]
async fn what_is_no_proxy_is_refused_at_start() {
    for proxy in ["ftp://127.0.0.1", "socks4://127.0.0.1", "127.0.0.1:3128", "", "http://"] {
        let egress = EgressSettings { proxy: Some(Secret::new(proxy)), ..egress() };
        assert!(matches!(Upstream::new(&egress, &no_dns()), Err(UpstreamError::BadProxy)), "{proxy}");
    }
}
