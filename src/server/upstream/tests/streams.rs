//! Bodies that are passed on as they come: whole, or broken off where something is wrong.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn packed(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// The body that came, and how it ended.
async fn all(call: Call) -> (Vec<u8>, Result<(), SendError>) {
    let mut opened = upstream().open(call).await.unwrap();
    let mut bytes = Vec::new();
    while let Some(piece) = opened.body.next().await {
        match piece {
            Ok(piece) => bytes.extend_from_slice(&piece),
            Err(error) => return (bytes, Err(error)),
        }
    }
    (bytes, Ok(()))
}

#[tokio::test]
async fn a_packed_body_comes_out_whole() {
    let body: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    let server = Server::answering([packed(&gzip(&body))]).await;
    let (bytes, ended) = all(Call { body_cap: 2 << 20, ..get(server.url("/")) }).await;
    assert_eq!((bytes == body, ended), (true, Ok(())));
}

#[tokio::test]
async fn what_unpacks_to_more_than_the_cap_is_left() {
    let server = Server::answering([packed(&gzip(&vec![0; 4 << 20]))]).await;
    let (bytes, ended) = all(get(server.url("/"))).await;
    assert!(bytes.len() <= CAP && matches!(ended, Err(SendError::TooLarge { .. })), "{ended:?}");
}

#[tokio::test]
async fn a_body_that_breaks_off_or_falls_silent_says_so_after_what_came() {
    let server = Server::answering([b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf".to_vec()]).await;
    assert_eq!(all(get(server.url("/"))).await, (b"half".to_vec(), Err(SendError::Truncated)));
    let server = Server::falling_silent_after("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await;
    let deadline = Instant::now() + Duration::from_millis(300);
    assert_eq!(all(Call { deadline, ..get(server.url("/")) }).await, (b"half".to_vec(), Err(SendError::Timeout)));
}

#[tokio::test]
async fn a_head_is_asked_for_again_and_its_status_is_no_error() {
    let server =
        Server::answering([answer("503 Service Unavailable", b"later"), answer("404 Not Found", b"none")]).await;
    let mut opened = upstream().open(Call { retries: 1, ..get(server.url("/")) }).await.unwrap();
    assert_eq!((opened.status.as_u16(), opened.attempts), (404, 2));
    assert_eq!(opened.body.beginning(1_000).await, b"none");
    let forbidden = upstream().open(get("http://10.0.0.1/")).await;
    assert_eq!(forbidden.err(), Some(SendError::Denied));
}
