//! What `/v1/enrich` asks besides the providers: registries about addresses and domains, and name servers.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{
    dns::{NameServer, RData, name, rdata},
    service::{QUIET, Service},
    vendor::{Manner, Reply, Vendor},
};

const NETWORK: &str = r#"{"objectClassName": "ip network", "handle": "NET-8", "name": "EXAMPLE-NET", "country": "US",
    "startAddress": "8.8.8.0", "endAddress": "8.8.8.255",
    "events": [{"eventAction": "registration", "eventDate": "2014-03-14T16:52:05-04:00"}]}"#;

const DOMAIN: &str = r#"{"objectClassName": "domain", "ldhName": "EXAMPLE.COM", "nameservers": [{"ldhName": "NS1.EXAMPLE.NET"}],
    "events": [{"eventAction": "registration", "eventDate": "1995-08-14T04:00:00Z"}],
    "entities": [{"roles": ["registrar"], "vcardArray": ["vcard", [["fn", {}, "text", "<b>Registrar</b>"]]]}]}"#;

/// A service that asks this registry about everything, with these lines more.
async fn service(registry: &Vendor, context: &str, more: &str) -> Service {
    let off = "cymru: { enabled: false }, radb: { enabled: false }, whois: { enabled: false }, crtsh: { enabled: false }, \
        internetdb: { enabled: false }, feodo: { enabled: false }, sslbl: { enabled: false }, spamhaus_drop: { enabled: false }";
    let rdap = format!("rdap: {{ base_url: '{}' }}", registry.base());
    let settings = QUIET
        .replace("tor: { enabled: false }", &format!("tor: {{ enabled: false }}, {off}, {rdap}"))
        .replace("context: []", &format!("context: [{context}]"));
    Service::start(&(settings + more)).await
}

fn values(values: &[&str]) -> Value {
    let observables: Vec<Value> = values.iter().map(|value| json!({ "value": value })).collect();
    json!({ "observables": observables })
}

#[tokio::test]
async fn addresses_and_domains_have_owners_and_everything_else_has_none() {
    let registry = Vendor::start();
    registry.says("/ip/8.8.8.8", Reply::json(NETWORK));
    registry.says("/domain/example.com", Reply::json(DOMAIN));
    let service = service(&registry, "whois", "").await;
    let asked = values(&[
        "8.8.8.8",
        "10.1.2.3",
        "www.example.com",
        "https://example.com/a",
        "44d88612fea8a8f36de82e1278abb02f",
    ]);

    let answer = service.call("/v1/enrich", &asked).await;

    let whois = |row: usize| &answer["items"][row]["context"]["whois"];
    assert_eq!((&whois(0)["outcome"], &whois(0)["name"]), (&json!("hit"), &json!("EXAMPLE-NET")), "{answer:#}");
    assert_eq!(whois(2)["registrar"], "<b>Registrar</b>", "{answer:#}");
    assert_eq!(whois(2)["created"], "1995-08-14T04:00:00Z");
    assert!(whois(2)["age_days"].as_i64().unwrap() > 10_000);
    assert_eq!(whois(2), whois(3));
    assert_eq!((whois(1), whois(4)), (&Value::Null, &Value::Null), "nobody is asked about what registers nobody");
    assert_eq!(registry.calls(), 2, "a domain is asked about once, whatever lies in it");
    assert!(answer["items"][0]["context"].get("dns").is_none());
    assert!(!answer.to_string().contains(":null"));
}

#[tokio::test]
async fn the_report_says_whose_they_are_and_nothing_breaks_out_of_it() {
    let registry = Vendor::start();
    registry.says("/domain/example.com", Reply::json(DOMAIN));
    let service = service(&registry, "whois", "").await;
    let mut body = values(&["example.com"]);
    body["render"] = json!(["markdown", "html", "sentinel_comment"]);

    let answer = service.call("/v1/enrich", &body).await;
    for form in ["markdown", "html", "sentinel_comment"] {
        let text = answer["rendered"][form].as_str().unwrap();
        assert!(text.contains("registered 1995-08-14") && !text.contains("<b>Registrar"), "{form}: {text}");
    }
    let text =
        service.post("/v1/enrich", &body).header("accept", "text/plain").send().await.unwrap().text().await.unwrap();
    assert!(text.contains("registered 1995-08-14 with <b>Registrar</b>"), "{text}");
}

#[tokio::test]
async fn a_registry_that_hangs_or_fails_is_data_and_holds_nobody_up() {
    let registry = Vendor::start();
    registry.says("/ip/8.8.8.8", Reply::json("").manner(Manner::Hang));
    registry.says("/ip/9.9.9.9", Reply::json("nonsense").status(500));
    let service = service(&registry, "whois", "").await;
    let mut body = values(&["8.8.8.8", "9.9.9.9"]);
    body["deadline_ms"] = 700.into();
    let started = Instant::now();

    let answer = service.call("/v1/enrich", &body).await;

    assert!(started.elapsed() < Duration::from_secs(4));
    let outcome = |row: usize| answer["items"][row]["context"]["whois"]["outcome"].clone();
    assert_eq!((outcome(0), outcome(1)), (json!("timeout"), json!("error")), "{answer:#}");
    assert_eq!(answer["complete"], false);
}

#[tokio::test]
async fn labels_and_the_request_decide_what_is_asked() {
    let registry = Vendor::start();
    registry.says("/ip/8.8.8.8", Reply::json(NETWORK));
    let service = service(&registry, "whois", "").await;
    for (name, value) in [("tlp", json!("red")), ("pap", json!("red")), ("context", json!([]))] {
        let mut body = values(&["8.8.8.8"]);
        body[name] = value;
        let answer = service.call("/v1/enrich", &body).await;
        assert!(answer["items"][0]["context"].get("whois").is_none(), "{name}: {answer:#}");
    }
    assert_eq!(registry.calls(), 0);
    // The operations of their own know the labels, too.
    let answer = service.call("/v1/ip/whois", &json!({ "values": ["8.8.8.8"], "pap": "red" })).await;
    assert_eq!((&answer["items"][0]["outcome"], &answer["items"][0]["reason"]), (&json!("skipped"), &json!("policy")));
    assert_eq!(registry.calls(), 0);
}

#[tokio::test]
async fn name_servers_are_asked_where_the_request_says_so() {
    let server = NameServer::start(&["example.com", "8.8.8.in-addr.arpa"]).await;
    server.host("www.example.com", &["192.0.2.1", "2001:db8::1"]).await;
    server.tell("8.8.8.8.in-addr.arpa", 60, [RData::PTR(rdata::PTR(name("dns.example.com")))]).await;
    let service = service(&Vendor::start(), "", &server.settings()).await;
    let mut body = values(&["www.example.com", "8.8.8.8", "nosuch.example.com", "10.1.2.3"]);
    body["context"] = json!(["dns"]);

    let answer = service.call("/v1/enrich", &body).await;

    let dns = |row: usize| &answer["items"][row]["context"]["dns"];
    assert_eq!(dns(0)["addresses"], json!(["192.0.2.1", "2001:db8::1"]), "{answer:#}");
    assert_eq!(
        (&dns(1)["names"], &dns(2)["outcome"]),
        (&json!(["dns.example.com"]), &json!("not_found")),
        "{answer:#}"
    );
    assert_eq!(dns(3), &Value::Null);
    body["pap"] = "amber".into();
    let answer = service.call("/v1/enrich", &body).await;
    assert!(answer["items"][0]["context"].get("dns").is_none(), "whoever runs the name servers could notice");
}
