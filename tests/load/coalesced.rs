//! A thousand identical lookups at once: one call for each provider, in one process and over two that share Redis.

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

const PROVIDERS: usize = 5;
const LOOKUPS: usize = 1_000;

async fn replica(vendor: &Vendor, redis: Option<&Redis>) -> Service {
    let providers: String =
        ids(PROVIDERS).iter().map(|id| format!("  {id}: {{ base_url: \"{}/{id}\" }}\n", vendor.base())).collect();
    let mut settings = QUIET.replace("providers: { tor: { enabled: false } }", &format!("providers:\n{providers}"));
    if let Some(redis) = redis {
        settings.push_str(&format!("cache: {{ redis: {{ url: \"{}\" }} }}\n", redis.url()));
    }
    Service::start_with(&settings, fakes(PROVIDERS, Duration::from_secs(5))).await
}

/// Counts the calls.
pub async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let vendor = Vendor::start();
    vendor.says("/", Reply::json(ANSWER).after(Duration::from_millis(100)));
    let alone = replica(&vendor, None).await;
    let took = ask(&[&alone], "8.8.8.8").await;
    count(report, "1,000 identical lookups at once, one process", &vendor, took);

    let Some(redis) = Redis::start().await else { return Ok(()) };
    let vendor = Vendor::start();
    vendor.says("/", Reply::json(ANSWER).after(Duration::from_millis(100)));
    let (first, second) = (replica(&vendor, Some(&redis)).await, replica(&vendor, Some(&redis)).await);
    let took = ask(&[&first, &second], "9.9.9.9").await;
    count(report, "1,000 identical lookups at once, two replicas with Redis", &vendor, took);
    Ok(())
}

async fn ask(services: &[&Service], value: &str) -> Duration {
    let body = json!({ "observables": [{ "value": value }] });
    let started = Instant::now();
    let asked = services.iter().cycle().take(LOOKUPS).map(|service| service.call("/v1/ti/lookup", &body));
    join_all(asked).await;
    started.elapsed()
}

fn count(report: &mut Report, what: &str, vendor: &Vendor, took: Duration) {
    let calls = vendor.calls();
    report.add(
        what,
        format!("{calls} calls for {PROVIDERS} providers, all answered in {} ms", took.as_millis()),
        "exactly one call for each provider",
        calls == PROVIDERS,
    );
}
