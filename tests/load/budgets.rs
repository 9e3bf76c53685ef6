//! A provider's budget while two replicas want far more: never one call too many, and none left unused.

use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::json;
use tests::{
    provider::{ANSWER, fakes, ids},
    redis::Redis,
    service::{QUIET, Service},
    vendor::{Reply, Vendor},
};

use crate::report::Report;

const REQUESTS: usize = 20;
const WINDOW: Duration = Duration::from_secs(1);
const SECONDS: u64 = 6;
/// A call that was allowed a moment earlier may arrive a moment later.
const JITTER: Duration = Duration::from_millis(30);

/// Counts what arrives.
pub async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let Some(redis) = Redis::start().await else { return Ok(()) };
    let vendor = Vendor::start();
    vendor.says("/", Reply::json(ANSWER));
    let id = ids(1).remove(0);
    let settings = QUIET.replace(
        "providers: { tor: { enabled: false } }",
        &format!(
            "providers: {{ {id}: {{ base_url: \"{}\", budgets: [ {{ requests: {REQUESTS}, per_s: 1 }} ] }} }}\n\
             cache: {{ redis: {{ url: \"{}\" }} }}",
            vendor.base(),
            redis.url()
        ),
    );
    let start = || Service::start_with(&settings, fakes(1, Duration::from_secs(5)));
    let replicas = [start().await, start().await];
    let until = Instant::now() + Duration::from_secs(SECONDS);
    let asked = (0..8_usize).map(|caller| {
        let replica = replicas.get(caller % 2);
        async move {
            let Some(replica) = replica else { return };
            let mut number = 0_u32;
            while Instant::now() < until {
                let value = format!("30.{caller}.{}.{}", number / 250, 1 + number % 250);
                replica.call("/v1/ti/lookup", &json!({ "observables": [{ "value": value }] })).await;
                number += 1;
            }
        }
    });
    join_all(asked).await;
    let mut arrived: Vec<Instant> = vendor.seen().iter().map(|seen| seen.at).collect();
    arrived.sort();
    let window = WINDOW - JITTER;
    let most = arrived.iter().map(|at| arrived.iter().filter(|other| **other >= *at && **other < *at + window).count());
    let most = most.max().unwrap_or_default();
    let (total, possible) = (arrived.len(), REQUESTS * usize::try_from(SECONDS)?);
    report.add(
        "a budget of 20 calls a second under load, two replicas with Redis",
        format!("at most {most} calls in any second; {total} of {possible} in {SECONDS} s used"),
        "never more than 20, at least 95 % used",
        most <= REQUESTS && total * 100 >= possible * 95,
    );
    Ok(())
}
