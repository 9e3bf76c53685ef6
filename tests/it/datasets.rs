//! `/v1/datasets` and `/v1/mitre`, against a publisher on loopback and against a folder.

use serde_json::{Value, json};
use tests::{
    service::{QUIET, Service, json as read},
    vendor::{Reply, Vendor},
};

const TREE: &str = "/repos/x/git/trees/master?recursive=1";

const UAC: &str = "
title: UAC bypass by CMSTP
id: SDWIN-201022015432
type: atomic
platform:
- Windows
contributors: [Somebody]
tags: null
description: An installer script is run with a higher integrity.
attack_mappings:
- technique: T1218
  sub-technique: '003'
  tactics: [TA0005]
files:
- type: Host
  link: https://raw.githubusercontent.com/OTRF/Security-Datasets/master/datasets/atomic/windows/cmstp.zip
";

const CLOUD: &str = "{title: A bucket is emptied, id: SDAWS-200914011940, platform: AWS, \
                     attack_mappings: [{technique: T1530, tactics: [TA0009]}]}";

fn settings(vendor: &Vendor) -> String {
    let base = vendor.base();
    format!("{QUIET}datasets: {{ index_url: \"{base}/repos/x/git/trees/master\", base_url: \"{base}/raw/\" }}\n")
}

fn publisher() -> Vendor {
    let vendor = Vendor::start();
    let paths = ["README.md", "datasets/atomic/_metadata/a.yaml", "datasets/atomic/_metadata/b.yaml", "datasets/x.zip"];
    let tree: Vec<_> = paths.iter().map(|path| json!({ "path": path, "type": "blob" })).collect();
    vendor.says(TREE, Reply::json(json!({ "tree": tree }).to_string()));
    let text = |text: &str| Reply::json(text).header("content-type", "text/plain");
    vendor.says("/raw/datasets/atomic/_metadata/a.yaml", text(UAC));
    vendor.says("/raw/datasets/atomic/_metadata/b.yaml", text(CLOUD));
    vendor
}

async fn get(service: &Service, path: &str) -> (u16, Value) {
    let (status, answer) = read(service.get(path).send().await.unwrap()).await;
    (status.as_u16(), answer)
}

fn ids(answer: &Value) -> Vec<&str> {
    answer["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn recorded_attacks_are_found_by_what_was_done() {
    let vendor = publisher();
    let service = Service::start(&settings(&vendor)).await;
    for (query, expected) in [
        ("", &["SDAWS-200914011940", "SDWIN-201022015432"][..]),
        ("?technique=T1218", &["SDWIN-201022015432"]),
        ("?technique=T1218.003&tactic=defense%20evasion&platform=windows", &["SDWIN-201022015432"]),
        ("?tactic=TA0009", &["SDAWS-200914011940"]),
        ("?search=bucket%20AWS", &["SDAWS-200914011940"]),
        ("?technique=T1059", &[]),
        ("?limit=1", &["SDAWS-200914011940"]),
        ("?limit=1&cursor=SDAWS-200914011940", &["SDWIN-201022015432"]),
    ] {
        let (status, answer) = get(&service, &format!("/v1/datasets{query}")).await;
        assert_eq!((status, ids(&answer)), (200, expected.to_vec()), "{query}");
        assert_eq!(answer.get("next").is_some(), query == "?limit=1", "{query}");
    }
    let (_, answer) = get(&service, "/v1/datasets/sdwin-201022015432").await;
    assert_eq!(
        (&answer["techniques"], &answer["platforms"], &answer["files"][0]["type"]),
        (&json!(["T1218.003"]), &json!(["Windows"]), &json!("Host"))
    );
    assert_eq!(vendor.calls(), 3, "the catalogue is fetched once");
}

#[tokio::test]
async fn a_wrong_question_is_told_and_so_is_a_publisher_that_fails() {
    let vendor = publisher();
    let service = Service::start(&settings(&vendor)).await;
    let (status, problem) = get(&service, "/v1/datasets?tactic=TA9999").await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!("/tactic")));
    assert_eq!(get(&service, "/v1/datasets?limit=0").await.0, 400);
    assert_eq!(get(&service, "/v1/datasets/none").await.0, 404);

    let broken = publisher();
    broken.says("/raw/datasets/atomic/_metadata/b.yaml", Reply::json("").status(403));
    let service = Service::start(&settings(&broken)).await;
    assert_eq!(get(&service, "/v1/datasets").await.0, 502);
    broken.says("/raw/datasets/atomic/_metadata/b.yaml", Reply::json(CLOUD).header("content-type", "text/plain"));
    assert_eq!(get(&service, "/v1/datasets").await.0, 200, "a failure is not kept");
}

#[tokio::test]
async fn a_folder_stands_in_for_the_publisher() {
    let shared = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    if !shared.join("mordor_cache.json").exists() {
        eprintln!("skipped: no data sets in the shared data");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(shared.join("mordor_cache.json"), folder.path().join("mordor_cache.json")).unwrap();
    let service = Service::start(&format!("{QUIET}datasets: {{ path: {:?} }}\n", folder.path())).await;
    let (_, answer) = get(&service, "/v1/datasets?limit=1000").await;
    assert_eq!(ids(&answer).len(), 96);
    let (_, answer) = get(&service, "/v1/datasets?search=cmstp").await;
    assert!(!ids(&answer).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_attack_becomes_tables_that_can_be_queried() {
    let shared = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/otrf");
    let Ok(archive) = std::fs::read(shared.join("psh_cmstp_execution_bypassuac.zip")) else {
        eprintln!("skipped: no archives in the shared data");
        return;
    };
    let vendor = publisher();
    let zip = Reply::json("").header("content-type", "application/zip").body(archive);
    vendor.says("/raw/datasets/atomic/windows/cmstp.zip", zip);
    let logs = tempfile::tempdir().unwrap();
    let sources = format!("sources: {{ local: {{ kind: local, path: {:?} }} }}\n", logs.path());
    let service = Service::start(&(settings(&vendor) + &sources)).await;
    let answer = service.call("/v1/datasets/SDWIN-201022015432/load", &json!({ "table": "Attack" })).await;
    assert_eq!((&answer["tables"][0]["name"], &answer["skipped"]), (&json!("Attack"), &json!([])), "{answer:#}");
    let rows = answer["tables"][0]["row_count"].as_u64().unwrap();
    let counted = service.call("/v1/sources/local/query", &json!({ "query": "Attack | count" })).await;
    assert_eq!(counted["rows"][0]["Count"].as_u64(), Some(rows));
    let query = json!({ "query": "Attack | where EventID == 1 and CommandLine has 'cmstp.exe' | summarize count() by Hostname" });
    let found = service.call("/v1/sources/local/query", &query).await;
    assert_eq!(found["rows"][0]["Hostname"], "WORKSTATION5", "{found:#}");

    let path = format!("{}/v1/datasets/SDWIN-201022015432/load", service.base());
    let (status, problem) =
        read(tests::service::client().post(path).json(&json!({ "source": "x" })).send().await.unwrap()).await;
    assert_eq!((status.as_u16(), &problem["errors"][0]["pointer"]), (400, &json!("/source")));
}

#[tokio::test]
async fn tactics_and_techniques_of_attack_are_listed() {
    let service = Service::start(QUIET).await;
    let (_, answer) = get(&service, "/v1/mitre/tactics").await;
    assert_eq!((ids(&answer).len(), &answer["version"]), (14, &json!("17.0")));
    let (_, answer) = get(&service, "/v1/mitre/techniques?tactic=lateral-movement&search=ssh").await;
    assert_eq!(ids(&answer), ["T1021.004", "T1563.001"]);
    assert_eq!(answer["items"][0]["reference"], "https://attack.mitre.org/techniques/T1021/004/");
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let (_, page) = get(&service, &format!("/v1/mitre/techniques?limit=300{cursor}")).await;
        all.extend(ids(&page).into_iter().map(str::to_owned));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(all.len(), 665);
    assert_eq!(get(&service, "/v1/mitre/techniques?tactic=x").await.0, 400);
}
