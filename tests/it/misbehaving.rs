//! Providers that answer badly: an outcome that says which, bounded memory, nothing else lost.

use std::{io::Write, time::Duration};

use serde_json::{Value, json};
use tests::{
    provider::{ANSWER, fakes},
    service::{QUIET, Service},
    vendor::{Manner, Reply, Vendor},
};

/// One good provider and one that answers like this.
async fn beside_a_good_one(reply: Reply) -> Value {
    let vendor = Vendor::start();
    vendor.says("/good", Reply::json(ANSWER));
    vendor.says("/bad", reply);
    let providers = format!("fake00: {{ base_url: \"{0}/good\" }}, fake01: {{ base_url: \"{0}/bad\" }}", vendor.base());
    let settings = QUIET.replace("tor: { enabled: false }", &providers);
    let service = Service::start_with(&settings, fakes(2, Duration::from_secs(2))).await;
    let answer =
        service.call("/v1/ti/lookup", &json!({ "observables": [{ "value": "8.8.8.8" }], "deadline_ms": 6000 })).await;
    assert_eq!(answer["items"][0]["findings"][0]["outcome"], "hit", "the good one stands");
    assert_eq!(answer["items"][0]["verdict"], "malicious");
    answer["items"][0]["findings"][1].clone()
}

#[tokio::test]
async fn html_for_json_is_an_error() {
    let finding = beside_a_good_one(Reply::json("<html>maintenance</html>").header("content-type", "text/html")).await;
    assert_eq!(finding["outcome"], "error");
    assert!(!finding.to_string().contains("maintenance"), "what the provider sent is not repeated");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_an_error() {
    let finding = beside_a_good_one(Reply::json(ANSWER).manner(Manner::Truncated)).await;
    assert_eq!(finding["outcome"], "error");
}

#[tokio::test]
async fn half_a_json_document_is_an_error() {
    let finding = beside_a_good_one(Reply::json(&ANSWER[..40])).await;
    assert_eq!(finding["outcome"], "error");
    assert_eq!(finding["reason"], "the answer is not valid JSON");
}

#[tokio::test]
async fn a_gzip_bomb_is_stopped_at_the_cap() {
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let block = vec![b' '; 1 << 20];
    for _ in 0..200 {
        bomb.write_all(&block).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 1 << 20);
    let finding = beside_a_good_one(Reply::json(ANSWER).body(bomb).header("content-encoding", "gzip")).await;
    assert_eq!(finding["outcome"], "error");
    assert!(finding["reason"].as_str().unwrap().contains("longer"), "{finding}");
}

#[tokio::test]
async fn a_body_of_500_megabytes_is_refused_before_it_is_read() {
    let reply = Reply::json(ANSWER).manner(Manner::NeverEnding).header("content-length", "524288000");
    let finding = beside_a_good_one(reply).await;
    assert_eq!(finding["outcome"], "error");
}

#[tokio::test]
async fn a_body_that_never_ends_is_stopped_at_the_cap() {
    let finding = beside_a_good_one(Reply::json(ANSWER).manner(Manner::NeverEnding)).await;
    assert_eq!(finding["outcome"], "error");
}

#[tokio::test]
async fn a_provider_that_hangs_is_a_timeout() {
    let finding = beside_a_good_one(Reply::json(ANSWER).manner(Manner::Hang)).await;
    assert_eq!(finding["outcome"], "timeout");
}

#[tokio::test]
async fn a_redirect_to_the_metadata_service_is_not_followed() {
    let reply = Reply::json("{}").status(302).header("location", "http://169.254.169.254/latest/meta-data/");
    let finding = beside_a_good_one(reply).await;
    assert_eq!(finding["outcome"], "error");
    assert!(!finding.to_string().contains("169.254"), "no address in the reason: {finding}");
}

#[tokio::test]
async fn a_loopback_provider_needs_the_range_allowed() {
    let vendor = Vendor::start();
    vendor.says("/", Reply::json(ANSWER));
    let settings = QUIET
        .replace("tor: { enabled: false }", &format!("fake00: {{ base_url: \"{}\" }}", vendor.base()))
        .replace(r#"["127.0.0.0/8"]"#, "[]");
    let service = Service::start_with(&settings, fakes(1, Duration::from_secs(2))).await;
    let answer = service.call("/v1/ti/lookup", &json!({ "observables": [{ "value": "8.8.8.8" }] })).await;
    assert_eq!(answer["items"][0]["findings"][0]["outcome"], "error");
    assert_eq!(vendor.calls(), 0);
}
