//! What is sent again, and what is not.

use super::*;

fn patient(call: Call) -> Call {
    Call { retries: 2, ..call }
}

#[tokio::test]
async fn a_passing_failure_is_mended() {
    for status in ["500 Oops", "503 Busy\r\nretry-after: 0"] {
        let server = Server::answering([answer(status, ""), answer("200 OK", "fine")]).await;
        let received = upstream().send(patient(get(server.url("/")))).await.unwrap();
        assert_eq!((received.body, received.attempts), (Bytes::from_static(b"fine"), 2), "{status}");
    }
}

#[tokio::test]
async fn a_lasting_failure_is_the_answer() {
    let server = Server::answering([answer("502 Bad Gateway", "sorry")]).await;
    let received = upstream().send(patient(get(server.url("/")))).await.unwrap();
    assert_eq!((received.status, received.attempts), (StatusCode::BAD_GATEWAY, 3));
    assert_eq!((received.body, server.seen().len()), (Bytes::from_static(b"sorry"), 3));
}

#[tokio::test]
async fn limits_and_long_waits_are_answers() {
    for status in ["429 Slow\r\nretry-after: 0", "503 Busy\r\nretry-after: 3600", "404 Not Found"] {
        let server = Server::answering([answer(status, "")]).await;
        let received = upstream().send(patient(get(server.url("/")))).await.unwrap();
        assert_eq!((received.attempts, server.seen().len()), (1, 1), "{status}");
    }
}

#[tokio::test]
async fn a_lost_connection_is_mended_only_where_it_may_be() {
    for beginning in ["", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhal"] {
        let answers = || [beginning.as_bytes().to_vec(), answer("200 OK", "fine")];
        let server = Server::answering(answers()).await;
        let received = upstream().send(patient(post(server.url("/"), "{}"))).await.unwrap();
        assert_eq!((received.body, received.attempts), (Bytes::from_static(b"fine"), 2), "{beginning}");

        let server = Server::answering(answers()).await;
        let once = Call { may_repeat: false, ..patient(post(server.url("/"), "{}")) };
        let expected = if beginning.is_empty() { SendError::Reset } else { SendError::Truncated };
        assert_eq!(upstream().send(once).await, Err(expected));
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn nobody_listening_is_said_so() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", free.local_addr().unwrap());
    drop(free);
    assert_eq!(upstream().send(patient(get(url))).await, Err(SendError::Connect));
}

#[tokio::test]
async fn what_is_not_http_is_no_answer() {
    let server = Server::answering([b"SSH-2.0-OpenSSH_9.9\r\n\r\n".to_vec()]).await;
    assert_eq!(upstream().send(get(server.url("/"))).await, Err(SendError::Reset));
}
