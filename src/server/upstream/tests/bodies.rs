//! Bodies end at the cap, and what was cut off is no answer.

use std::{
    io::Write as _,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use flate2::{Compression, write::GzEncoder};
use tokio::{io::AsyncWriteExt as _, sync::Notify};

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

async fn send(answer: Vec<u8>, expects: Expects) -> Result<Received, SendError> {
    let server = Server::answering([answer]).await;
    upstream().send(Call { expects, ..get(server.url("/")) }).await
}

#[tokio::test]
async fn a_body_may_be_as_long_as_the_cap() {
    let longest = vec![b'x'; CAP];
    assert_eq!(send(answer("200 OK", &longest), Expects::Anything).await.unwrap().body.len(), CAP);
    let longer = vec![b'x'; CAP + 1];
    let too_large = Err(SendError::TooLarge { limit: CAP });
    assert_eq!(send(answer("200 OK", &longer), Expects::Anything).await, too_large);
    let without_length = [b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", &longer[..]].concat();
    assert_eq!(send(without_length, Expects::Anything).await, too_large);
}

#[tokio::test]
async fn a_length_over_the_cap_is_refused_before_the_body() {
    let server = Server::falling_silent_after("HTTP/1.1 200 OK\r\ncontent-length: 500000000\r\n\r\n").await;
    assert_eq!(upstream().send(get(server.url("/"))).await, Err(SendError::TooLarge { limit: CAP }));
}

#[tokio::test]
async fn an_endless_body_is_left() {
    let (sent, hung_up) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let counters = (Arc::clone(&sent), Arc::clone(&hung_up));
    let server = Server::start(move |_, mut stream| {
        let (sent, hung_up) = counters.clone();
        async move {
            stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await.unwrap();
            let chunk = [b"10000\r\n", &[b'x'; 0x10000][..], b"\r\n"].concat();
            while stream.write_all(&chunk).await.is_ok() {
                sent.fetch_add(chunk.len(), Ordering::Relaxed);
            }
            hung_up.notify_one();
        }
    })
    .await;
    assert_eq!(upstream().send(get(server.url("/"))).await, Err(SendError::TooLarge { limit: CAP }));
    hung_up.notified().await;
    let sent = sent.load(Ordering::Relaxed);
    assert!(sent < 16 << 20, "{sent} bytes were taken, buffers of the system included");
}

#[tokio::test]
async fn compressed_bodies_are_read() {
    let packed = [
        ("gzip", gzip(b"{}")),
        ("X-GZIP", gzip(b"{}")),
        ("gzip", [gzip(b"{"), gzip(b"}")].concat()),
        ("deflate", {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(b"{}").unwrap();
            encoder.finish().unwrap()
        }),
        ("zstd", zstd::encode_all(&b"{}"[..], 1).unwrap()),
        ("identity", b"{}".to_vec()),
        ("gzip", Vec::new()),
    ];
    for (coding, body) in packed {
        let expected = if body.is_empty() { "" } else { "{}" };
        let received =
            send(answer(&format!("200 OK\r\ncontent-encoding: {coding}"), body), Expects::Json).await.unwrap();
        assert_eq!(received.body, expected, "{coding}");
    }
}

#[tokio::test]
async fn bombs_stop_at_the_cap() {
    let zeros = vec![0; 40 << 20];
    for (coding, bomb) in [("gzip", gzip(&zeros)), ("zstd", zstd::encode_all(&zeros[..], 19).unwrap())] {
        assert!(bomb.len() < CAP, "{coding}: {}", bomb.len());
        let outcome = send(answer(&format!("200 OK\r\ncontent-encoding: {coding}"), bomb), Expects::Anything).await;
        assert_eq!(outcome, Err(SendError::TooLarge { limit: CAP }), "{coding}");
    }
    let much_ado = [b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n".to_vec(), gzip(b"").repeat(CAP / 16)].concat();
    assert_eq!(send(much_ado, Expects::Anything).await, Err(SendError::TooLarge { limit: CAP }), "about nothing");
}

#[tokio::test]
async fn what_cannot_be_unpacked_is_no_answer() {
    let damaged = |coding: &str, body: &[u8]| answer(&format!("200 OK\r\ncontent-encoding: {coding}"), body);
    let plain = br#"{"looks": "like JSON"}"#;
    let whole = gzip(&[b'x'; 1_000]);
    let mut altered = whole.clone();
    let checksum = altered.len() - 8;
    altered[checksum] ^= 1;
    for broken in [
        damaged("gzip", plain),
        damaged("gzip", &altered),
        damaged("deflate", plain),
        damaged("zstd", plain),
        damaged("br", plain),
        damaged("gzip, gzip", &gzip(&whole)),
        damaged("gzip\r\ncontent-encoding: gzip", &gzip(&whole)),
    ] {
        assert_eq!(send(broken, Expects::Anything).await, Err(SendError::NotDecodable));
    }
    let cut = damaged("gzip", &whole[..whole.len() / 2]);
    assert_eq!(send(cut, Expects::Anything).await, Err(SendError::Truncated));
}

#[tokio::test]
async fn what_was_cut_off_is_no_answer() {
    for cut in [
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"half\":",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\n{\"half\":\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n64\r\n{\"half\":",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n",
    ] {
        assert_eq!(send(cut.into(), Expects::Json).await, Err(SendError::Truncated), "{cut}");
    }
}

#[tokio::test]
async fn pages_are_no_data() {
    let html = "200 OK\r\ncontent-type: Text/HTML; charset=utf-8";
    let page = "\n <!DOCTYPE html><html>";
    assert_eq!(send(answer(html, page), Expects::Json).await, Err(SendError::ContentType));
    assert_eq!(send(answer(html, page), Expects::Text).await, Err(SendError::ContentType));
    assert_eq!(send(answer("200 OK", page), Expects::Json).await, Err(SendError::ContentType), "however labelled");
    assert!(send(answer("200 OK", page), Expects::Text).await.is_ok());
    assert!(send(answer(html, page), Expects::Anything).await.is_ok());
    assert!(send(answer(html, "{}"), Expects::Json).await.is_ok(), "mislabelled JSON");
    assert!(
        send(answer(&html.replace("200 OK", "404 Not Found"), page), Expects::Json).await.is_ok(),
        "the status says it"
    );
}
