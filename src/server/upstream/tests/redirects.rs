//! Each step of a redirect is checked like the first, and credentials stay where they were meant to go.

use super::*;

fn redirect(status: u16, location: &str) -> Vec<u8> {
    answer(&format!("{status} Moved\r\nlocation: {location}"), "")
}

#[tokio::test]
async fn a_redirect_to_a_forbidden_address_is_denied() {
    for location in ["http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://10.0.0.1/"] {
        let server = Server::answering([redirect(302, location)]).await;
        assert_eq!(upstream().send(get(server.url("/"))).await, Err(SendError::Denied), "{location}");
    }
}

#[tokio::test]
async fn a_loop_ends() {
    let server = Server::answering([redirect(302, "/again")]).await;
    assert_eq!(upstream().send(get(server.url("/"))).await, Err(SendError::TooManyRedirects));
    assert_eq!(server.seen().len() as u32, MAX_REDIRECTS + 1);
}

#[tokio::test]
async fn the_key_does_not_leave_its_origin() {
    let stranger = Server::answering([answer("200 OK", "there")]).await;
    let server = Server::answering([redirect(302, "/own"), redirect(302, &stranger.url("/theirs"))]).await;
    let received = upstream().send(with_keys(get(server.url("/")))).await.unwrap();
    assert_eq!(received.body, "there");
    let seen = server.seen();
    assert!(seen[1].starts_with("GET /own ") && seen[1].contains("x-apikey: s3cret"), "{}", seen[1]);
    let seen = &stranger.seen()[0];
    assert!(seen.starts_with("GET /theirs ") && seen.contains("accept: application/json"), "{seen}");
    assert!(!seen.contains("s3cret"), "{seen}");
}

#[tokio::test]
async fn a_see_other_is_fetched_without_the_body() {
    let server = Server::answering([redirect(303, "/result"), answer("200 OK", "done")]).await;
    let received = upstream().send(post(server.url("/"), "{}")).await.unwrap();
    assert_eq!(received.body, "done");
    let seen = server.seen();
    assert!(seen[0].ends_with("\r\n\r\n{}") && seen[1].starts_with("GET /result "), "{seen:?}");
    assert!(!seen[1].contains("content-length"), "{}", seen[1]);
}

#[tokio::test]
async fn a_permanent_one_takes_the_body_along() {
    let server = Server::answering([redirect(308, "/new"), answer("200 OK", "")]).await;
    upstream().send(post(server.url("/"), "{}")).await.unwrap();
    assert!(server.seen()[1].starts_with("POST /new ") && server.seen()[1].ends_with("\r\n\r\n{}"));
}
