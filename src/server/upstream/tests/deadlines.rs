//! The deadline holds wherever the other side falls silent.

use tokio::net::{TcpListener, UdpSocket};

use super::*;

const SOON: Duration = Duration::from_millis(150);

/// Sends the call with a short deadline; it must end there, not much later.
async fn send_soon(upstream: &Upstream, call: Call) -> Result<Received, SendError> {
    let started = Instant::now();
    let outcome = upstream.send(Call { deadline: started + SOON, ..call }).await;
    assert!(started.elapsed() < SOON * 10, "{:?}", started.elapsed());
    outcome
}

#[tokio::test]
async fn silence_ends_at_the_deadline() {
    for beginning in ["", "HTTP/1.1 200 OK\r\nserv", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhal"] {
        let server = Server::falling_silent_after(beginning).await;
        let call = Call { retries: 5, ..get(server.url("/")) };
        assert_eq!(send_soon(&upstream(), call).await, Err(SendError::Timeout), "{beginning}");
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_silent_name_server_counts() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let dns = DnsSettings { servers: vec![socket.local_addr().unwrap()], ask_internal: false };
    let upstream = Upstream::new(&egress(), &dns).unwrap();
    assert_eq!(send_soon(&upstream, get("http://vendor.example/")).await, Err(SendError::Timeout));
}

#[tokio::test]
async fn a_silent_handshake_counts() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    assert_eq!(send_soon(&upstream(), get(&url)).await, Err(SendError::Timeout));

    let hasty = EgressSettings { connect_timeout: SOON, ..egress() };
    let hasty = Upstream::new(&hasty, &no_dns()).unwrap();
    assert_eq!(hasty.send(get(&url)).await, Err(SendError::Connect), "connecting has a limit of its own");
}

#[tokio::test]
async fn retries_and_redirects_count() {
    let server = Server::answering([answer("503 Busy", "")]).await;
    let call = Call { retries: u8::MAX, ..get(server.url("/")) };
    let received = send_soon(&upstream(), call).await.unwrap();
    assert_eq!(received.status, StatusCode::SERVICE_UNAVAILABLE, "the last answer stands");

    let target = Server::falling_silent_after("").await;
    let server = Server::answering([answer(&format!("302 Found\r\nlocation: {}", target.url("/")), "")]).await;
    assert_eq!(send_soon(&upstream(), get(server.url("/"))).await, Err(SendError::Timeout));
}
