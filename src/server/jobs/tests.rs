//! Jobs without anybody who runs them: who finds them, and for how long.

use bytes::Bytes;

use super::*;
use crate::cache::redis_server::RedisServer;

fn outcome(text: &'static str) -> Outcome {
    Outcome { status: 200, content_type: "application/json".into(), body: Bytes::from_static(text.as_bytes()) }
}

const KEEP: Duration = Duration::from_secs(60);

async fn begun(jobs: &Jobs, owner: &str, repeat: Option<&Repeat>) -> Run {
    match jobs.begin(&owner.into(), repeat, KEEP).await {
        Begun::New(run) => run,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_came_of_a_job_is_kept_for_a_while() {
    let jobs = Jobs::new(None);
    let run = begun(&jobs, "soar", None).await;
    let id = run.id;
    assert!(matches!(jobs.find(id, "soar").await, Some(Standing::Running)));
    run.end(outcome("{}")).await;
    assert!(matches!(jobs.find(id, "soar").await, Some(Standing::Ended(ended)) if *ended == outcome("{}")));
    assert!(jobs.find(id, "other").await.is_none());
    let Begun::New(run) = jobs.begin(&"soar".into(), None, Duration::ZERO).await else { panic!("a new job") };
    let id = run.id;
    run.end(outcome("{}")).await;
    assert!(jobs.find(id, "soar").await.is_none(), "its time is over");
}

#[tokio::test]
async fn a_run_that_is_dropped_is_gone_and_whoever_waits_hears_of_it() {
    let jobs = Jobs::new(None);
    let run = begun(&jobs, "soar", None).await;
    let id = run.id;
    let (waited, ()) = tokio::join!(jobs.wait(id, "soar", KEEP), async { drop(run) });
    assert!(waited.is_none());
    jobs.finish(KEEP).await;
    assert_eq!(jobs.running_count(), 0);
}

#[tokio::test]
async fn a_name_leads_to_its_job_as_long_as_there_is_one() {
    let jobs = Jobs::new(None);
    let repeat = Repeat::new("soar", "/v1/enrich", "a", b"{}");
    let run = begun(&jobs, "soar", Some(&repeat)).await;
    let id = run.id;
    assert!(matches!(jobs.begin(&"soar".into(), Some(&repeat), KEEP).await, Begun::Known(known) if known == id));
    let other = Repeat::new("soar", "/v1/enrich", "a", b"{ }");
    assert!(matches!(jobs.begin(&"soar".into(), Some(&other), KEEP).await, Begun::Other));
    let elsewhere = Repeat::new("soar", "/v1/mask", "a", b"{}");
    begun(&jobs, "soar", Some(&elsewhere)).await;
    drop(run);
    assert_ne!(begun(&jobs, "soar", Some(&repeat)).await.id, id, "the first is gone");
}

#[tokio::test]
async fn without_its_store_a_job_is_found_where_it_runs() {
    let Some(mut redis) = RedisServer::start(&[]).await else { return };
    let far = Far::connect(&redis.settings()).await;
    let jobs = Jobs::new(Some(far));
    let run = begun(&jobs, "soar", None).await;
    redis.stop();
    let id = run.id;
    assert!(matches!(jobs.find(id, "soar").await, Some(Standing::Running)));
    run.end(outcome("[1]")).await;
    assert!(matches!(jobs.find(id, "soar").await, Some(Standing::Ended(ended)) if *ended == outcome("[1]")));
    let repeat = Repeat::new("soar", "/v1/enrich", "a", b"{}");
    begun(&jobs, "soar", Some(&repeat)).await;
}
