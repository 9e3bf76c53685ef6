//! Budgets that replicas share, against a real Redis, and what becomes of them when it goes away.

use futures::future::join_all;

use super::*;
use crate::{
    cache::redis_server::{RedisServer, eventually},
    settings::{RedisMode, RedisSettings},
};

const HOUR: u32 = 3_600;
const SOON: Duration = Duration::from_secs(10);

const fn window(requests: u32, per_s: u32) -> Window {
    Window { requests, per_s }
}

/// So many replicas that share a server.
async fn replicas(settings: &RedisSettings, count: usize) -> Vec<Budgets> {
    let mut replicas = Vec::new();
    for _ in 0..count {
        let far = Far::connect(settings).await;
        assert!(far.is_up());
        replicas.push(Budgets::new(Some(far)));
    }
    replicas
}

/// All take at once, each so often: how many were granted, and the longest wait that the others were told.
async fn hammer(replicas: &[Budgets], times: usize, windows: &'static [Window]) -> (usize, Duration) {
    let takers = (0..times).flat_map(|_| replicas.iter().cloned());
    let takers = takers.map(|budgets| tokio::spawn(async move { budgets.take("credential", windows).await }));
    let (mut granted, mut longest) = (0, Duration::ZERO);
    for taker in join_all(takers).await {
        match taker.unwrap() {
            Taken::Granted => granted += 1,
            Taken::Wait(wait) => longest = longest.max(wait),
        }
    }
    (granted, longest)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn replicas_together_never_take_one_too_many_and_leave_none_unused() {
    const WINDOWS: &[Window] = &[window(20, 2), window(50, HOUR), window(1_000, 24 * HOUR)];
    let Some(server) = RedisServer::start(&[]).await else { return };
    let replicas = replicas(&server.settings(), 2).await;
    let begin = Instant::now();

    let (granted, longest) = hammer(&replicas, 200, WINDOWS).await;
    assert_eq!(granted, 20);
    assert!(longest <= Duration::from_secs(2), "{longest:?}");

    let patient = (0..200).flat_map(|_| replicas.iter().cloned()).map(|budgets| {
        tokio::spawn(async move {
            let outcome = budgets.wait_or_give_up("credential", WINDOWS, Instant::now() + SOON).await;
            (outcome, Instant::now())
        })
    });
    let outcomes: Vec<_> = join_all(patient).await.into_iter().map(Result::unwrap).collect();
    let mut granted: Vec<_> =
        outcomes.iter().filter(|(outcome, _)| outcome.is_ok()).map(|(_, at)| *at - begin).collect();
    granted.sort();
    assert_eq!(granted.len(), 30, "what the hour still allowed");
    assert!(granted[0] >= Duration::from_secs(2) && granted[20] >= Duration::from_secs(4), "{granted:?}");
    assert!(granted[29] < Duration::from_secs(6), "as soon as there was room: {granted:?}");
    assert!(outcomes.iter().filter_map(|(outcome, _)| outcome.err()).all(|wait| wait > Duration::from_secs(3_500)));
}

#[tokio::test]
async fn all_replicas_see_what_is_left() {
    const WINDOWS: &[Window] = &[window(2, HOUR), window(5, 24 * HOUR), window(LISTED + 1, HOUR)];
    let Some(server) = RedisServer::start(&[]).await else { return };
    let replicas = replicas(&server.settings(), 2).await;
    let whole = replicas[1].state("credential", WINDOWS).await;
    assert_eq!(
        whole.windows.iter().map(|w| (w.left, w.resets_in_s)).collect::<Vec<_>>(),
        [(2, 0), (5, 0), (LISTED + 1, 0)]
    );

    assert_eq!(hammer(&replicas[..1], 4, WINDOWS).await.0, 2);
    let state = replicas[1].state("credential", WINDOWS).await;
    let left: Vec<_> = state.windows.iter().map(|w| w.left).collect();
    assert_eq!(left, [0, 3, LISTED - 1], "a refused request counts in no window");
    let resets: Vec<_> = state.windows.iter().map(|w| w.resets_in_s).collect();
    assert!(resets[0] > 3_590 && resets[0] <= 3_600 && resets[1] > 86_390 && resets[2] <= 3_600, "{resets:?}");
    assert_eq!(replicas[1].state("another", WINDOWS).await, whole, "credentials do not share");
}

#[tokio::test]
async fn large_windows_are_counted_in_the_store_too() {
    const WINDOWS: &[Window] = &[window(LISTED + 1, HOUR)];
    let Some(server) = RedisServer::start(&[]).await else { return };
    let replicas = replicas(&server.settings(), 2).await;
    server.tell("SET", &["test:budget:{credential}:3600", &LISTED.to_string(), "EX", "100"]).await;
    let (granted, longest) = hammer(&replicas, 3, WINDOWS).await;
    assert_eq!(granted, 1);
    assert!(longest > Duration::from_secs(90) && longest <= Duration::from_secs(100), "{longest:?}");
}

#[tokio::test]
async fn a_closed_gate_is_closed_for_all() {
    let Some(server) = RedisServer::start(&[]).await else { return };
    let replicas = replicas(&server.settings(), 2).await;
    replicas[0].close_for("credential", Duration::from_secs(60)).await;
    replicas[0].close_for("credential", Duration::from_secs(5)).await;
    for budgets in &replicas {
        let Taken::Wait(wait) = budgets.take("credential", &[]).await else { panic!("the gate is closed") };
        assert!(wait > Duration::from_secs(50) && wait <= Duration::from_secs(60), "{wait:?}");
        assert!(budgets.state("credential", &[]).await.closed_for.is_some());
        assert_eq!(budgets.take("another", &[]).await, Taken::Granted);
    }
    replicas[1].close_for("forever", Duration::MAX).await;
    assert!(matches!(replicas[0].take("forever", &[]).await, Taken::Wait(_)));
}

#[tokio::test]
async fn a_cluster_counts_as_one_server_does() {
    const WINDOWS: &[Window] = &[window(5, HOUR), window(LISTED + 1, HOUR)];
    let Some(server) = RedisServer::cluster().await else { return };
    let settings = RedisSettings { mode: RedisMode::Cluster, ..server.settings() };
    assert_eq!(hammer(&replicas(&settings, 2).await, 10, WINDOWS).await.0, 5);
}

#[tokio::test]
async fn one_replica_stays_exact_while_the_store_goes_and_comes_back_empty() {
    const WINDOWS: &[Window] = &[window(6, HOUR)];
    let Some(mut server) = RedisServer::start(&[]).await else { return };
    let far = Far::connect(&server.settings()).await;
    let budgets = [Budgets::new(Some(far.clone()))];
    assert_eq!(hammer(&budgets, 3, WINDOWS).await.0, 3);
    server.stop();
    eventually(async || far.fetch("k").await.is_err() && !far.is_up()).await;
    assert_eq!(hammer(&budgets, 2, WINDOWS).await.0, 2);
    assert!(server.restart().await);
    eventually(async || far.is_up()).await;
    assert_eq!(hammer(&budgets, 1, WINDOWS).await.0, 1);
    let (granted, longest) = hammer(&budgets, 5, WINDOWS).await;
    assert_eq!(granted, 0);
    assert!(longest > Duration::from_secs(3_500));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_a_store_the_process_counts() {
    const WINDOWS: &[Window] = &[window(7, HOUR), window(100, HOUR)];
    let budgets = [Budgets::new(None)];
    assert_eq!(hammer(&budgets, 500, WINDOWS).await.0, 7);
    let left: Vec<_> = budgets[0].state("credential", WINDOWS).await.windows.iter().map(|w| w.left).collect();
    assert_eq!(left, [0, 93]);
}

#[tokio::test]
async fn who_cannot_get_it_in_time_is_told_at_once() {
    const WINDOWS: &[Window] = &[window(1, HOUR)];
    let budgets = Budgets::new(None);
    let begin = Instant::now();
    assert_eq!(budgets.wait_or_give_up("credential", WINDOWS, begin).await, Ok(()), "a free one needs no time");
    let wait = budgets.wait_or_give_up("credential", WINDOWS, begin + SOON).await.unwrap_err();
    assert!(wait > Duration::from_secs(3_590) && begin.elapsed() < Duration::from_secs(1), "{wait:?}");
}

#[test]
fn the_name_of_a_credential_does_not_give_it_away() {
    let key = Secret::new("s3cret");
    let name = name_credential("alpha", Some(&key));
    assert_eq!(name, name_credential("alpha", Some(&key)));
    assert_ne!(name, name_credential("beta", Some(&key)));
    assert_ne!(name, name_credential("alpha", None));
    assert!(name.len() == 64 && !name.contains("s3cret"));
}
