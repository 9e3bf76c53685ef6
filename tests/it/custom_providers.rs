//! Providers, lists and tables that are described in YAML, from the file on disk to the answer.

use std::{fs, path::Path, time::Duration};

use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{
    service::{QUIET, Service},
    vendor::{Reply, Vendor},
};

/// A service and the folder that its definitions are read from.
struct Described {
    service: Service,
    folder: TempDir,
}

impl Described {
    async fn start(files: &[(&str, String)], providers: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let definitions = folder.path().join("providers");
        fs::create_dir(&definitions).unwrap();
        for (name, text) in files {
            fs::write(definitions.join(name), text).unwrap();
        }
        let settings = QUIET.replace("tor: { enabled: false }", &format!("tor: {{ enabled: false }}{providers}"));
        let file = folder.path().join("pivotd.yaml");
        fs::write(&file, format!("{settings}custom_providers: {{ path: {definitions:?} }}\n")).unwrap();
        Self { service: Service::start_from(file).await, folder }
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        Path::join(self.folder.path(), "providers").join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.file(name), text).unwrap();
    }

    async fn finding(&self, provider: &str, observable: Value) -> Value {
        let body = json!({ "observables": [observable], "providers": [provider] });
        let answer = self.service.call("/v1/ti/lookup", &body).await;
        answer["items"][0]["findings"][0].clone()
    }

    /// Asks until the outcome is this one: lists come when they come.
    async fn finds(&self, provider: &str, value: &str, outcome: &str) -> Value {
        for _ in 0..1_000 {
            let finding = self.finding(provider, json!({ "value": value })).await;
            if finding["outcome"] == outcome {
                return finding;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{provider} never says {outcome} of {value}");
    }
}

fn intel(vendor: &Vendor) -> String {
    format!(
        "id: intel
title: Intelligence
kinds: [ipv4, url, linux_path]
answers_private: true
base_url: {}/api
auth: {{ kind: header, name: X-Token }}
ask:
  method: POST
  path: /v2/{{{{ kind }}}}/{{{{ value }}}}
  query: {{ q: '{{{{ value }}}}' }}
  headers: {{ X-Kind: '{{{{ kind }}}}' }}
  json: '{{ \"search\": [\"is:{{{{ value }}}}\"], \"limit\": 5 }}'
  next: {{ at: $.next, parameter: cursor }}
read:
  fields: {{ score: $.score, owner: $.owner }}
  lists: {{ tags: '$.tags[*]' }}
  outcomes: [{{ when: status == 200, lacks: [score], outcome: not_found }}]
  verdicts: [{{ when: score > 50, verdict: malicious, score: score }}, {{ verdict: benign }}]
  evidence: [owner, tags]
",
        vendor.base()
    )
}

const KEY: &str = ", intel: { key: s3cr3t-k3y }";

#[tokio::test]
async fn a_described_provider_is_asked_page_by_page_and_judged_by_its_rules() {
    let vendor = Vendor::start();
    vendor
        .says("/api/v2/ipv4/8.8.8.8", Reply::json(r#"{"score": 80, "owner": "SOC", "tags": ["a"], "next": "2&x=1"}"#));
    vendor.says("/api/v2/ipv4/8.8.8.8?q=8.8.8.8&cursor=2%26x%3D1", Reply::json(r#"{"tags": ["b"]}"#));
    vendor.says("/api/v2/ipv4/9.9.9.9", Reply::json("{}"));
    let described = Described::start(&[("intel.yaml", intel(&vendor))], KEY).await;

    let finding = described.finding("intel", json!({ "value": "8.8.8.8" })).await;

    assert_eq!((&finding["outcome"], &finding["verdict"]), (&json!("hit"), &json!("malicious")), "{finding:#}");
    assert_eq!((&finding["score"], &finding["evidence"]), (&json!(80), &json!({ "owner": "SOC", "tags": ["a", "b"] })));
    assert_eq!(vendor.calls(), 2);
    assert!(vendor.seen().iter().all(|seen| seen.header("x-token") == Some("s3cr3t-k3y")));
    assert_eq!(described.finding("intel", json!({ "value": "9.9.9.9" })).await["outcome"], "not_found");
}

#[tokio::test]
async fn no_value_breaks_out_of_the_address_the_json_or_a_header() {
    let vendor = Vendor::start();
    vendor.says("/api/v2/", Reply::json(r#"{"score": 1}"#));
    let described = Described::start(&[("intel.yaml", intel(&vendor))], KEY).await;

    for (kind, value) in [
        ("linux_path", "/tmp/../x\"}],\"y\":[{\"/?a=1&b=2#c%0d%0aX-Evil: 1\\"),
        ("url", "http://example.com/../a\"b'c?x=\"&cursor=9#{{ value }}"),
    ] {
        let finding = described.finding("intel", json!({ "value": value, "kind": kind })).await;
        assert_eq!(finding["outcome"], "clean", "{finding:#}");

        let seen = vendor.seen().pop().unwrap();
        let (path, query) = seen.target.split_once('?').unwrap();
        assert_eq!(path.split('/').count(), 5, "one segment: {path}");
        assert_eq!(query.split('&').count(), 1, "one parameter: {query}");
        assert_eq!((seen.header("x-kind"), seen.header("x-evil")), (Some(kind), None));
        let body: Value = serde_json::from_slice(&seen.body).unwrap();
        let members: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!((members.len(), body["search"].as_array().unwrap().len()), (2, 1), "{body}");
    }
}

#[tokio::test]
async fn a_reload_takes_what_is_new_changed_and_gone_and_no_mistake() {
    let vendor = Vendor::start();
    vendor.says("/api/v2/", Reply::json(r#"{"score": 80}"#));
    let described = Described::start(&[("intel.yaml", intel(&vendor))], KEY).await;
    let ip = json!({ "value": "8.8.8.8" });
    assert_eq!(described.finding("intel", ip.clone()).await["verdict"], "malicious");

    described.write("intel.yaml", &intel(&vendor).replace("score > 50", "scroe > 90"));
    let (status, problem) = described.service.refused("/v1/admin/reload", &json!({})).await;
    let detail = problem["detail"].as_str().unwrap();
    assert_eq!(status, 400);
    assert!(detail.contains("read.verdicts[0].when") && detail.contains("intel.yaml line 18"), "{detail}");
    assert_eq!(described.finding("intel", ip.clone()).await["verdict"], "malicious", "the old one stands");

    described.write("intel.yaml", &intel(&vendor).replace("score > 50", "score > 90"));
    described.write(
        "more.yaml",
        &intel(&vendor).replace("id: intel", "id: more").replace("{ kind: header, name: X-Token }", "{}"),
    );
    described.service.call("/v1/admin/reload", &json!({})).await;
    assert_eq!(described.finding("intel", ip.clone()).await["verdict"], "benign", "judged anew, whatever was cached");
    assert_eq!(described.finding("more", ip).await["verdict"], "malicious");

    fs::remove_file(described.file("more.yaml")).unwrap();
    described.service.call("/v1/admin/reload", &json!({})).await;
    let body = json!({ "observables": [{ "value": "8.8.8.8" }], "providers": ["more"] });
    assert_eq!(described.service.refused("/v1/ti/lookup", &body).await.0, 400, "nobody is called that any more");
}

fn list(source: &str) -> String {
    format!(
        "id: mine\ntitle: Mine\nkinds: [ipv4, domain]\nlist: {{ {source}, format: lines, every_s: 1, verdict: malicious }}\n"
    )
}

#[tokio::test]
async fn a_list_on_disk_is_read_again_when_it_changes_and_stands_when_it_breaks() {
    let files = [("mine.yaml", list("file: mine.txt")), ("mine.txt", "198.51.100.0/24 # ours\n".to_owned())];
    let described = Described::start(&files, "").await;

    described.finds("mine", "198.51.100.7", "hit").await;
    described.write("mine.txt", "bad.example.com\n");
    described.finds("mine", "bad.example.com", "hit").await;
    described.finds("mine", "198.51.100.7", "not_found").await;

    fs::remove_file(described.file("mine.txt")).unwrap();
    described.service.call("/v1/admin/reload", &json!({})).await;
    described.finds("mine", "bad.example.com", "hit").await;
}

#[tokio::test]
async fn a_list_on_the_web_is_asked_for_by_its_etag_and_the_last_good_copy_stands() {
    let vendor = Vendor::start();
    let text = |body: &'static str| Reply::json("").header("content-type", "text/plain").body(body);
    vendor.says("/list.txt", text("198.51.100.7\n").header("etag", "\"one\""));
    let url = format!("url: '{}/list.txt?team=soc'", vendor.base());
    let described = Described::start(&[("mine.yaml", list(&url))], "").await;
    described.finds("mine", "198.51.100.7", "hit").await;
    let saw = async |test: &dyn Fn(&Vendor) -> bool| {
        while !test(&vendor) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };

    vendor.says("/list.txt", text("").status(304));
    saw(&|vendor| vendor.seen().last().unwrap().header("if-none-match") == Some("\"one\"")).await;
    described.finds("mine", "198.51.100.7", "hit").await;
    assert_eq!(vendor.seen()[0].target, "/list.txt?team=soc");

    vendor.says("/list.txt", text("").status(500));
    let before = vendor.calls();
    saw(&|vendor| vendor.calls() > before + 1).await;
    described.finds("mine", "198.51.100.7", "hit").await;

    vendor.says("/list.txt", text("198.51.100.8\n").header("etag", "\"two\""));
    described.finds("mine", "198.51.100.8", "hit").await;
    described.finds("mine", "198.51.100.7", "not_found").await;
}

#[tokio::test]
async fn a_table_tells_whose_a_machine_is() {
    let table = "id: assets\ntitle: Assets\npurpose: context\nkinds: [ipv4, hostname]\n\
                 list: { file: assets.csv, format: csv, columns: [host, ip] }\n";
    let rows = "host,ip,owner\nWS-7,10.20.30.40,Ada Example\n";
    let described = Described::start(&[("assets.yaml", table.to_owned()), ("assets.csv", rows.to_owned())], "").await;
    described.finds("assets", "10.20.30.40", "hit").await;

    let body = json!({ "observables": [{ "value": "10.20.30.40" }, { "value": "ws-7", "kind": "hostname" }] });
    let answer = described.service.call("/v1/context/lookup", &body).await;

    for item in answer["items"].as_array().unwrap() {
        assert_eq!(item["findings"][0]["evidence"]["owner"], "Ada Example", "{item:#}");
        assert!(item.get("verdict").is_none() && item["findings"][0].get("verdict").is_none());
    }
}
