//! What only shows on a real connection: bodies that are cut off, HEAD, what is no HTTP.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpStream},
    sync::mpsc,
    thread,
};

use actix_web::{HttpServer, rt::System};

use super::service::{KEY, api};

/// Serves the demo until the test ends.
struct Running {
    address: SocketAddr,
    handle: actix_web::dev::ServerHandle,
}

impl Running {
    fn new() -> Self {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            System::new().block_on(async move {
                let api = api();
                let server =
                    HttpServer::new(move || api.app()).workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
                let address = server.addrs()[0];
                let server = server.run();
                sender.send(Self { address, handle: server.handle() }).unwrap();
                server.await.unwrap();
            });
        });
        receiver.recv().unwrap()
    }

    /// Sends bytes, then nothing more, and reads until the other side closes.
    fn exchange(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        // Who refuses at the first bytes may have hung up before the last.
        let _ = stream.write_all(request.as_bytes());
        let _ = stream.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        // A connection that is closed before all was read may be reset; what came before counts.
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8(answer).unwrap()
    }

    fn post(&self, headers: &str, body: &str) -> String {
        self.exchange(&format!(
            "POST /v1/demo/lookup HTTP/1.1\r\nHost: a\r\nX-API-Key: {KEY}\r\nContent-Type: application/json\r\n\
             Connection: close\r\n{headers}\r\n\r\n{body}"
        ))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

#[track_caller]
fn is_problem(answer: &str, status: u16, name: &str) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    assert!(answer.contains("content-type: application/problem+json"), "{answer}");
    assert!(answer.contains(&format!("/problems/{name}")), "{answer}");
}

#[test]
fn a_body_in_pieces_is_put_together() {
    let answer = Running::new().post("Transfer-Encoding: chunked", "8\r\n{\"observ\r\nA\r\nables\":[]}\r\n0\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[test]
fn a_body_that_is_cut_off_is_the_callers_fault() {
    let server = Running::new();
    is_problem(&server.post("Content-Length: 100", "{\"observ"), 400, "invalid");
    is_problem(&server.post("Transfer-Encoding: chunked", "8\r\n{\"observ\r\nnonsense"), 400, "invalid");
}

#[test]
fn a_body_that_is_too_large_is_refused_before_it_is_read() {
    let server = Running::new();
    is_problem(&server.post("Content-Length: 100000000", "{"), 413, "body-too-large");
    let chunk = "a".repeat(0x800);
    is_problem(
        &server.post("Transfer-Encoding: chunked", &format!("800\r\n{chunk}\r\n800\r\n")),
        413,
        "body-too-large",
    );
}

#[test]
fn head_is_answered_like_get_without_a_body() {
    let server = Running::new();
    let ask = |method| server.exchange(&format!("{method} /version HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    let (head, get) = (ask("HEAD"), ask("GET"));
    let length = |answer: &str| answer.lines().find(|line| line.starts_with("content-length")).map(str::to_owned);
    assert!(head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"), "{head}");
    assert_eq!(length(&head), length(&get));
}

#[test]
fn what_is_no_http_is_refused() {
    let server = Running::new();
    assert!(server.exchange("nonsense\r\n\r\n").starts_with("HTTP/1.1 400 "));
    let long = "a".repeat(200_000);
    let answer = server.exchange(&format!("GET / HTTP/1.1\r\nX-Long: {long}\r\n\r\n"));
    // A reset for what was sent in vain may overtake the answer.
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer}");
}
