//! The shared store against a real Redis: what is stored, what happens when it goes away, who may call out.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures::future::join_all;

use super::{
    Far, FarError, Flights, Role, Script, Turn,
    redis_server::{RedisServer, eventually, free_port, settings},
    take_turn,
};
use crate::settings::{RedisMode, RedisSettings};

const MINUTE: Duration = Duration::from_secs(60);

async fn exercise(far: &Far) {
    assert!(far.is_up());
    assert_eq!(far.fetch("absent").await, Ok(None));
    let values: Vec<(String, Vec<u8>)> = (0..600u16).map(|n| (format!("k{n}"), n.to_be_bytes().to_vec())).collect();
    for (key, value) in &values {
        far.store(key, value, MINUTE).await.unwrap();
    }
    let mut keys: Vec<_> = values.iter().map(|(key, _)| key.clone()).collect();
    keys.insert(300, "absent".into());
    let fetched = far.fetch_many(&keys).await.unwrap();
    assert_eq!(fetched.len(), 601);
    assert_eq!((fetched[299].as_deref(), fetched[300].as_deref()), (Some(&values[299].1[..]), None));
    assert_eq!(fetched[600].as_deref(), Some(&values[599].1[..]));
    assert_eq!(far.lease("lease", "one", MINUTE).await, Ok(true));
    assert_eq!(far.lease("lease", "two", MINUTE).await, Ok(false));
    far.release("lease", "one").await.unwrap();
    assert_eq!(far.lease("lease", "two", MINUTE).await, Ok(true));
}

#[tokio::test]
async fn one_server_keeps_what_is_stored() {
    let Some(server) = RedisServer::start(&[]).await else { return };
    exercise(&Far::connect(&server.settings()).await).await;
}

#[tokio::test]
async fn a_cluster_keeps_what_is_stored_and_is_found_again() {
    let Some(mut server) = RedisServer::cluster().await else { return };
    let settings = RedisSettings { mode: RedisMode::Cluster, ..server.settings() };
    let far = Far::connect(&settings).await;
    exercise(&far).await;
    server.stop();
    eventually(async || far.fetch("k").await == Err(FarError::Away) && !far.is_up()).await;
    assert!(server.restart().await);
    eventually(async || far.store("k", b"v", MINUTE).await.is_ok()).await;
}

#[tokio::test]
async fn sentinels_lead_to_the_leader_and_to_the_next_one() {
    const PASSWORD: [&str; 4] = ["--requirepass", "s3cret", "--masterauth", "s3cret"];
    let Some(mut leader) = RedisServer::start(&PASSWORD).await else { return };
    let port = leader.port().to_string();
    let Some(follower) = RedisServer::start(&[&PASSWORD[..], &["--replicaof", "127.0.0.1", &port]].concat()).await
    else {
        return;
    };
    let Some(sentinel) = RedisServer::start(&["--sentinel"]).await else { return };
    sentinel.tell("SENTINEL", &["MONITOR", "group", "127.0.0.1", &port, "1"]).await;
    let haste = ["down-after-milliseconds", "300", "failover-timeout", "500", "auth-pass", "s3cret"];
    sentinel.tell("SENTINEL", &[&["SET", "group"][..], &haste].concat()).await;
    let url = format!("redis://:s3cret@127.0.0.1:{}/2", sentinel.port());
    let far = Far::connect(&settings(RedisMode::Sentinel, &url)).await;
    exercise(&far).await;
    sentinel.wait_for("INFO", "sentinel", "slaves=1").await;
    leader.stop();
    eventually(async || far.store("k", b"v", MINUTE).await.is_ok()).await;
    drop(follower);
    eventually(async || far.fetch("k").await.is_err()).await;
}

#[tokio::test]
async fn keys_and_values_are_bytes_never_commands() {
    let Some(server) = RedisServer::start(&[]).await else { return };
    let far = Far::connect(&server.settings()).await;
    let hostile = "k\r\n*1\r\n$8\r\nFLUSHALL\r\n\0\u{1f}";
    far.store("other", b"kept", MINUTE).await.unwrap();
    far.store(hostile, hostile.as_bytes(), MINUTE).await.unwrap();
    assert_eq!(far.fetch(hostile).await, Ok(Some(Bytes::from_static(hostile.as_bytes()))));
    assert_eq!(far.fetch("other").await, Ok(Some(Bytes::from_static(b"kept"))));
}

#[tokio::test]
async fn what_is_stored_is_gone_after_its_time() {
    let Some(server) = RedisServer::start(&[]).await else { return };
    let far = Far::connect(&server.settings()).await;
    far.store("never", b"x", Duration::ZERO).await.unwrap();
    far.store("soon", b"x", Duration::from_millis(50)).await.unwrap();
    far.store("later", b"x", MINUTE).await.unwrap();
    eventually(async || far.fetch_many(&["never".into(), "soon".into()]).await == Ok(vec![None, None])).await;
    assert!(far.fetch("later").await.unwrap().is_some());
}

#[tokio::test]
async fn a_refusal_is_not_an_absence() {
    let Some(server) = RedisServer::start(&[]).await else { return };
    let far = Far::connect(&server.settings()).await;
    let push = Script::new("redis.call('LPUSH', KEYS[1], 1) return redis.call('GET', KEYS[1])");
    let refused: Result<String, _> = far.run_script(&push, &["list".into()], &["unused"]).await;
    assert_eq!(refused, Err(FarError::Refused));
    assert_eq!(far.fetch("list").await, Err(FarError::Refused));
    assert!(far.is_up());
}

#[tokio::test]
async fn a_script_survives_that_the_server_forgets_it() {
    let Some(mut server) = RedisServer::start(&[]).await else { return };
    let far = Far::connect(&server.settings()).await;
    far.lease("lease", "one", MINUTE).await.unwrap();
    far.release("lease", "one").await.unwrap();
    server.stop();
    assert!(server.restart().await);
    eventually(async || far.lease("lease", "one", MINUTE).await == Ok(true)).await;
    far.release("lease", "one").await.unwrap();
    assert_eq!(far.fetch("lease").await, Ok(None));
}

#[tokio::test]
async fn a_store_that_comes_late_goes_away_and_comes_back_is_used_whenever_it_is_there() {
    let Some(mut server) = RedisServer::start(&[]).await else { return };
    server.stop();
    let begin = Instant::now();
    let far = Far::connect(&server.settings()).await;
    assert!(begin.elapsed() < Duration::from_secs(4), "connecting is bounded");
    assert!(!far.is_up());
    for _ in 0..3 {
        assert!(server.restart().await);
        eventually(async || far.is_up()).await;
        assert_eq!(far.store("k", b"v", MINUTE).await, Ok(()));
        server.stop();
        eventually(async || far.fetch("k").await == Err(FarError::Away) && !far.is_up()).await;
    }
}

#[tokio::test]
async fn the_loss_of_the_store_is_noticed_when_nobody_asks() {
    let Some(mut server) = RedisServer::start(&[]).await else { return };
    let far = Far::connect(&server.settings()).await;
    server.stop();
    eventually(async || !far.is_up()).await;
}

#[tokio::test]
async fn an_absent_store_costs_no_time() {
    let far = Far::connect(&settings(RedisMode::Single, &format!("redis://127.0.0.1:{}", free_port()))).await;
    let begin = Instant::now();
    for _ in 0..1_000 {
        assert_eq!(far.fetch("k").await, Err(FarError::Away));
    }
    assert!(begin.elapsed() < Duration::from_millis(300));
}

#[tokio::test]
async fn a_deaf_store_costs_one_wait_and_then_none() {
    let Some(server) = RedisServer::start(&[]).await else { return };
    let far = Far::connect(&server.settings()).await;
    far.store("k", b"v", MINUTE).await.unwrap();
    server.signal("STOP");
    let begin = Instant::now();
    let waits = join_all((0..100).map(|_| far.fetch("k"))).await;
    assert!(waits.iter().all(Result::is_err));
    assert!(begin.elapsed() < Duration::from_millis(1_500), "all at once wait once");
    let begin = Instant::now();
    for _ in 0..100 {
        assert_eq!(far.fetch("k").await, Err(FarError::Away));
    }
    assert!(begin.elapsed() < Duration::from_millis(200));
    server.signal("CONT");
    eventually(async || far.fetch("k").await == Ok(Some(Bytes::from_static(b"v")))).await;
}

#[tokio::test]
async fn addresses_that_cannot_be_read_are_an_absent_store_and_show_nowhere() {
    for mode in [RedisMode::Single, RedisMode::Cluster, RedisMode::Sentinel] {
        for url in ["", "s3cret", "http://s3cret@127.0.0.1", "redis://:s3cret@127.0.0.1:notaport"] {
            let far = Far::connect(&settings(mode, url)).await;
            assert_eq!(far.fetch("k").await, Err(FarError::Away));
            assert!(!format!("{far:?}").contains("s3cret"));
        }
        let none = RedisSettings { urls: Vec::new(), ..settings(mode, "") };
        assert!(!Far::connect(&none).await.is_up());
    }
}

/// A replica that looks, waits its turn, and calls out if it must: what it answers and whether it called.
async fn look_up(far: Far, calls: Arc<AtomicUsize>) -> Bytes {
    match take_turn(&far, "answer", MINUTE, Instant::now() + MINUTE, Some).await {
        Turn::Answered(answer) => answer,
        Turn::TimeUp => panic!("a minute is enough"),
        Turn::Lead(lease) => {
            let call = calls.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(60)).await;
            let answer = Bytes::from(format!("answer {call}"));
            far.store("answer", &answer, MINUTE).await.unwrap();
            drop(lease);
            answer
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_identical_lookups_in_two_replicas_make_one_call() {
    let Some(server) = RedisServer::start(&[]).await else { return };
    let calls = Arc::new(AtomicUsize::new(0));
    let mut replicas = Vec::new();
    for _ in 0..2 {
        let far = Far::connect(&server.settings()).await;
        replicas.push((far, Flights::<u8, Bytes>::default()));
    }
    let lookups = (0..1_000).map(|n| {
        let (far, flights) = replicas[n % 2].clone();
        let calls = Arc::clone(&calls);
        tokio::spawn(async move { flights.join(&0, || look_up(far, calls)).await.unwrap() })
    });
    let mut leaders = 0;
    for lookup in join_all(lookups).await {
        let (answer, role) = lookup.unwrap();
        assert_eq!(answer, "answer 0");
        leaders += usize::from(role == Role::Leader);
    }
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    assert!(leaders >= 2, "each replica asked for its own callers");
}

#[tokio::test]
async fn when_the_leader_fails_another_takes_over() {
    let Some(server) = RedisServer::start(&[]).await else { return };
    let (one, two) = (Far::connect(&server.settings()).await, Far::connect(&server.settings()).await);
    let soon = Instant::now() + MINUTE;
    let Turn::Lead(lease) = take_turn(&one, "k", MINUTE, soon, Some).await else { panic!("nobody else is there") };
    let waiting = tokio::spawn(async move { take_turn(&two, "k", MINUTE, soon, Some).await });
    tokio::time::sleep(Duration::from_millis(30)).await;
    assert!(!waiting.is_finished());
    drop(lease);
    assert!(matches!(waiting.await.unwrap(), Turn::Lead(_)));
}

#[tokio::test]
async fn who_has_no_time_left_stops_waiting() {
    let Some(server) = RedisServer::start(&[]).await else { return };
    let far = Far::connect(&server.settings()).await;
    let _lease = take_turn(&far, "k", MINUTE, Instant::now() + MINUTE, Some).await;
    let begin = Instant::now();
    let until = begin + Duration::from_millis(80);
    assert!(matches!(take_turn(&far, "k", MINUTE, until, Some).await, Turn::TimeUp));
    assert!(begin.elapsed() >= Duration::from_millis(80) && begin.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn an_old_answer_does_not_end_the_wait() {
    let Some(server) = RedisServer::start(&[]).await else { return };
    let far = Far::connect(&server.settings()).await;
    far.store("k", b"old", MINUTE).await.unwrap();
    let new = |answer: Bytes| (answer != "old").then_some(answer);
    let soon = Instant::now() + MINUTE;
    let Turn::Lead(_lease) = take_turn(&far, "k", MINUTE, soon, new).await else { panic!("the old one is no answer") };
    let waiting = tokio::spawn({
        let far = far.clone();
        async move { take_turn(&far, "k", MINUTE, soon, new).await }
    });
    far.store("k", b"new", MINUTE).await.unwrap();
    assert!(matches!(waiting.await.unwrap(), Turn::Answered(answer) if answer == "new"));
}

#[tokio::test]
async fn without_a_store_it_is_everybodys_turn() {
    let far = Far::connect(&settings(RedisMode::Single, &format!("redis://127.0.0.1:{}", free_port()))).await;
    for _ in 0..2 {
        assert!(matches!(take_turn(&far, "k", MINUTE, Instant::now() + MINUTE, Some).await, Turn::Lead(_)));
    }
}
