//! `/v1/dns` against a real name server on loopback.

use serde_json::{Value, json};
use tests::{
    dns::{NameServer, RData, name, rdata},
    provider::fakes,
    service::{QUIET, Service, json as read},
};

async fn start(names: &NameServer, more: &str) -> Service {
    Service::start(&format!("{QUIET}{}{more}", names.settings())).await
}

async fn contoso() -> NameServer {
    let names = NameServer::start(&["contoso.com", "in-addr.arpa", "corp"]).await;
    names.host("contoso.com", &["192.0.2.7", "2001:db8::7"]).await;
    names.tell("www.contoso.com", 60, [RData::CNAME(rdata::CNAME(name("contoso.com")))]).await;
    names.tell("8.8.8.8.in-addr.arpa", 60, [RData::PTR(rdata::PTR(name("dns.contoso.com")))]).await;
    names.tell("1.0.0.10.in-addr.arpa", 60, [RData::PTR(rdata::PTR(name("printer.corp")))]).await;
    names.host("intranet.corp", &["10.0.0.2"]).await;
    names
}

fn outcomes(answer: &Value) -> Vec<(&str, &str)> {
    let items = answer["items"].as_array().unwrap();
    items.iter().map(|item| (item["outcome"].as_str().unwrap(), item["reason"].as_str().unwrap_or(""))).collect()
}

#[tokio::test]
async fn names_have_records_and_the_answer_says_who_told_them() {
    let names = contoso().await;
    let service = start(&names, "").await;
    let values =
        ["CONTOSO[.]com", "hxxps://www.contoso[.]com/path", "absent.contoso.com", "elsewhere.net", "a b", "8.8.8.8"];
    let answer = service.call("/v1/dns/resolve", &json!({ "values": values })).await;

    assert_eq!(
        answer["items"][0],
        json!({
            "value": "CONTOSO[.]com", "outcome": "hit", "type": "A", "canonical_name": "contoso.com",
            "records": [{ "name": "contoso.com", "type": "A", "ttl_s": 300, "data": "192.0.2.7" }],
            "name_server": names.address().to_string(),
        })
    );
    assert_eq!(answer["items"][1]["records"][0]["data"], "contoso.com");
    assert_eq!(answer["items"][1]["canonical_name"], "contoso.com");
    let outcomes = outcomes(&answer);
    assert_eq!(outcomes[2], ("not_found", "the name does not exist (NXDOMAIN)"));
    assert_eq!(outcomes[3], ("error", "the name servers refused to answer"));
    assert_eq!((outcomes[4].0, outcomes[5].0), ("unsupported", "unsupported"));
    assert_eq!(answer["complete"], true);
}

#[tokio::test]
async fn the_type_is_read_in_any_case_and_a_wrong_one_is_pointed_at() {
    let names = contoso().await;
    let service = start(&names, "").await;
    let answer = service.call("/v1/dns/resolve", &json!({ "values": ["contoso.com"], "type": "aaaa" })).await;
    assert_eq!(answer["items"][0]["records"][0]["data"], "2001:db8::7");
    let (_, answer) = read(service.get("/v1/dns/resolve?value=contoso.com&type=MX").send().await.unwrap()).await;
    assert_eq!(outcomes(&answer), [("not_found", "the name has no record of this type (NODATA)")]);
    for (key, value, place) in [("type", json!("AXFR"), "/type"), ("tlp", json!("pink"), "/tlp")] {
        let mut body = json!({ "values": ["contoso.com"] });
        body[key] = value;
        let (status, problem) = service.refused("/v1/dns/resolve", &body).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!(place)));
    }
}

#[tokio::test]
async fn addresses_have_names() {
    let names = contoso().await;
    let service = start(&names, "").await;
    let answer = service.call("/v1/dns/reverse", &json!({ "values": ["8.8.8[.]8", "8.8.4.4", "nothing"] })).await;
    assert_eq!(answer["items"][0]["records"][0]["data"], "dns.contoso.com");
    assert_eq!(answer["items"][0]["records"][0]["type"], "PTR");
    assert_eq!((outcomes(&answer)[1].0, outcomes(&answer)[2].0), ("not_found", "unsupported"));
    let (_, one) = read(service.get("/v1/dns/reverse?value=8.8.8.8").send().await.unwrap()).await;
    assert_eq!(one["items"][0]["canonical_name"], "8.8.8.8.in-addr.arpa");
}

#[tokio::test]
async fn what_is_internal_is_asked_of_own_servers_only() {
    let names = contoso().await;
    let policy = "policy: { internal_domains: [contoso.com] }\n";
    let values = json!({ "values": ["www.contoso.com", "intranet.corp", "localhost"] });
    let service = start(&names, policy).await;
    let skipped = service.call("/v1/dns/resolve", &values).await;
    assert_eq!(
        outcomes(&skipped),
        [("skipped", "internal_domain"), ("skipped", "not_global"), ("skipped", "not_global")]
    );
    let private = json!({ "values": ["10.0.0.1"] });
    assert_eq!(outcomes(&service.call("/v1/dns/reverse", &private).await), [("skipped", "not_global")]);
    let red = json!({ "values": ["elsewhere.net"], "tlp": "red" });
    assert_eq!(outcomes(&service.call("/v1/dns/resolve", &red).await), [("skipped", "tlp")]);
    let unnoticed = json!({ "values": ["elsewhere.net"], "pap": "amber" });
    assert_eq!(outcomes(&service.call("/v1/dns/resolve", &unnoticed).await), [("skipped", "policy")]);

    let dns = format!("dns: {{ servers: [\"{}\"], ask_internal: true }}\n", names.address());
    let service = Service::start(&format!("{QUIET}{policy}{dns}")).await;
    let asked = service.call("/v1/dns/resolve", &values).await;
    assert_eq!(asked["items"][1]["records"][0]["data"], "10.0.0.2");
    assert_eq!(asked["items"][0]["outcome"], "hit");
    assert_eq!(service.call("/v1/dns/reverse", &private).await["items"][0]["records"][0]["data"], "printer.corp");
}

#[tokio::test]
async fn a_silent_server_is_a_timeout() {
    let silent = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let dns = format!("dns: {{ servers: [\"{}\"] }}\n", silent.local_addr().unwrap());
    let service = Service::start(&format!("{QUIET}{dns}")).await;
    let answer = service.call("/v1/dns/resolve", &json!({ "values": ["contoso.com"], "deadline_ms": 100 })).await;
    assert_eq!(outcomes(&answer), [("timeout", "the deadline passed")]);
    assert_eq!(answer["complete"], false);
}

#[tokio::test]
async fn a_provider_whose_name_leads_to_a_metadata_address_is_not_called() {
    let names = NameServer::start(&["contoso.com"]).await;
    names.host("vendor.contoso.com", &["169.254.169.254"]).await;
    let quiet = QUIET.replace("tor: { enabled: false }", "fake00: { base_url: \"http://vendor.contoso.com\" }");
    let settings = format!("{quiet}{}", names.settings());
    let service = Service::start_with(&settings, fakes(1, std::time::Duration::from_secs(5))).await;
    let answer = service.call("/v1/ti/lookup", &json!({ "observables": [{ "value": "8.8.8.8" }] })).await;
    let finding = &answer["items"][0]["findings"][0];
    assert_eq!(
        (&finding["outcome"], &finding["reason"]),
        (&json!("error"), &json!("the address to call is not allowed"))
    );
}
