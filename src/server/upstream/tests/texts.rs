//! Text over TCP: what is said, what is heard, and when it is too much.

use super::*;

async fn server(answer: &'static [u8], then_hang: bool) -> u16 {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut said = vec![0; 1024];
                let length = stream.read(&mut said).await.unwrap();
                stream.write_all(&said[..length]).await.ok();
                stream.write_all(answer).await.ok();
                if then_hang {
                    std::future::pending::<()>().await;
                }
            });
        }
    });
    port
}

fn call(host: &str, port: u16) -> TextCall {
    TextCall {
        to: "fake",
        host: host.to_owned(),
        port,
        say: Bytes::from_static(b"example.com\r\n"),
        deadline: Instant::now() + Duration::from_secs(20),
        body_cap: CAP,
    }
}

#[tokio::test]
async fn what_is_said_until_the_other_side_hangs_up_is_the_answer() {
    let port = server(b"Registrar: Example\r\n", false).await;
    let answer = upstream().exchange_text(call("127.0.0.1", port)).await;
    assert_eq!(answer.unwrap(), "example.com\r\nRegistrar: Example\r\n");
}

#[tokio::test]
async fn a_server_that_never_hangs_up_is_left_at_the_deadline() {
    let port = server(b"Registrar: Example\r\n", true).await;
    let deadline = Instant::now() + Duration::from_millis(200);
    let answer = upstream().exchange_text(TextCall { deadline, ..call("127.0.0.1", port) }).await;
    assert_eq!(answer, Err(SendError::Timeout));
}

#[tokio::test]
async fn an_answer_past_the_cap_is_refused() {
    let port = server(&[b'x'; 2_000], true).await;
    let answer = upstream().exchange_text(TextCall { body_cap: 100, ..call("127.0.0.1", port) }).await;
    assert_eq!(answer, Err(SendError::TooLarge { limit: 100 }));
}

#[tokio::test]
async fn forbidden_addresses_are_not_connected_to() {
    for host in ["10.0.0.1", "169.254.169.254", "::1"] {
        assert_eq!(upstream().exchange_text(call(host, 43)).await, Err(SendError::Denied), "{host}");
    }
    assert_eq!(upstream().exchange_text(call("127.0.0.1", 1)).await, Err(SendError::Connect));
}
