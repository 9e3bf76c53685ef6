//! `/v1/tls/certificate` against real servers on loopback.

use serde_json::{Value, json};
use tests::{
    dns::NameServer,
    service::{QUIET, Service, json as read},
    tls::{Authority, params, rcgen, serve_self_signed},
    vendor::{Reply, Vendor},
};
use tokio::net::TcpListener;

const ACTIVE: &str = "policy: { side_effects: [passive, active] }\n";

async fn start(more: &str) -> Service {
    Service::start(&format!("{QUIET}{ACTIVE}{more}")).await
}

async fn fetch(service: &Service, value: impl ToString) -> Value {
    let answer = service.call("/v1/tls/certificate", &json!({ "values": [value.to_string()] })).await;
    answer["items"][0].clone()
}

#[tokio::test]
async fn a_certificate_that_nobody_trusts_is_told_with_all_it_says() {
    let mut wanted = params(&["contoso.com", "127.0.0.1"]);
    wanted.not_before = rcgen::date_time_ymd(2024, 1, 1);
    wanted.not_after = rcgen::date_time_ymd(2124, 1, 1);
    let (address, der) = serve_self_signed(wanted).await;
    let item = fetch(&start("").await, address).await;
    assert_eq!(
        (&item["outcome"], &item["host"], &item["port"]),
        (&json!("hit"), &json!("127.0.0.1"), &json!(address.port()))
    );
    assert_eq!((&item["is_trusted"], &item["distrust"]), (&json!(false), &json!("unknown_issuer")));
    assert_eq!((&item["hostname_matches"], &item["protocol"]), (&json!(true), &json!("TLSv1.3")));
    assert!(item["cipher_suite"].as_str().unwrap().starts_with("TLS13_"), "{item}");
    let certificate = &item["certificate"];
    assert_eq!(certificate["dns_names"], json!(["contoso.com"]));
    assert_eq!(
        (&certificate["not_before"], &certificate["is_self_signed"]),
        (&json!("2024-01-01T00:00:00Z"), &json!(true))
    );
    let sha256: String = <sha2::Sha256 as sha2::Digest>::digest(der).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(certificate["sha256"], sha256);
}

#[tokio::test]
async fn what_a_trusted_authority_signed_is_trusted_for_its_hosts_and_its_time() {
    let authority = Authority::new();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &authority.pem).unwrap();
    let quiet = QUIET.replace("egress: {", &format!("egress: {{ ca_file: {:?},", file.path()));
    let service = Service::start(&format!("{quiet}{ACTIVE}")).await;

    let good = fetch(&service, authority.serve(params(&["127.0.0.1"])).await).await;
    assert_eq!((&good["is_trusted"], &good["distrust"]), (&json!(true), &Value::Null), "{good}");
    assert_eq!(good["chain"][0]["subject"], "CN=Test Authority");
    assert_eq!(good["certificate"]["is_self_signed"], false);

    let other = fetch(&service, authority.serve(params(&["contoso.com"])).await).await;
    assert_eq!((&other["distrust"], &other["hostname_matches"]), (&json!("wrong_host"), &json!(false)));

    let mut old = params(&["127.0.0.1"]);
    old.not_before = rcgen::date_time_ymd(2020, 1, 1);
    old.not_after = rcgen::date_time_ymd(2020, 2, 1);
    let old = fetch(&service, authority.serve(old).await).await;
    assert_eq!((&old["distrust"], &old["certificate"]["is_expired"]), (&json!("expired"), &json!(true)));
}

#[tokio::test]
async fn nobody_is_contacted_unless_the_settings_say_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let quiet = Service::start(QUIET).await;
    assert_eq!(fetch(&quiet, address).await["reason"], "policy");
    let service = start("").await;
    for (body, reason) in [
        (json!({ "values": [address.to_string()], "pap": "amber" }), "policy"),
        (json!({ "values": [address.to_string()], "tlp": "red" }), "tlp"),
        (json!({ "values": ["169.254.169.254"] }), "not_global"),
        (json!({ "values": ["intranet:8443"] }), "not_global"),
    ] {
        let answer = service.call("/v1/tls/certificate", &body).await;
        let item = &answer["items"][0];
        assert_eq!((&item["outcome"], &item["reason"]), (&json!("skipped"), &json!(reason)), "{body}");
    }
    assert!(futures::poll!(Box::pin(listener.accept())).is_pending(), "nobody came");
}

#[tokio::test]
async fn a_name_that_leads_to_a_forbidden_address_is_not_contacted() {
    let names = NameServer::start(&["contoso.com"]).await;
    names.host("inside.contoso.com", &["10.0.0.1", "169.254.169.254"]).await;
    names.host("here.contoso.com", &["127.0.0.1"]).await;
    let (address, _) = serve_self_signed(params(&["here.contoso.com"])).await;
    let service = start(&names.settings()).await;
    assert_eq!(fetch(&service, "inside.contoso.com").await["reason"], "not_global");
    let item = fetch(&service, format!("hxxps://here.contoso[.]com:{}/x", address.port())).await;
    assert_eq!((&item["hostname_matches"], &item["address"]), (&json!(true), &json!("127.0.0.1")), "{item}");
}

#[tokio::test]
async fn what_speaks_no_tls_is_an_error_and_what_is_silent_a_timeout() {
    let service = start("").await;
    let vendor = Vendor::start();
    let plain = fetch(&service, vendor.base().replace("http://", "")).await;
    assert_eq!(
        (&plain["outcome"], &plain["reason"]),
        (&json!("error"), &json!("no secure connection could be agreed on"))
    );
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    assert_eq!(fetch(&service, gone).await["reason"], "no connection could be made");
    assert_eq!(fetch(&service, "a b").await["outcome"], "unsupported");

    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let path = format!("/v1/tls/certificate?value={}&deadline_ms=200", silent.local_addr().unwrap());
    let (_, answer) = read(service.get(&path).send().await.unwrap()).await;
    assert_eq!((&answer["items"][0]["outcome"], &answer["complete"]), (&json!("timeout"), &json!(false)));
}

#[tokio::test]
async fn the_list_of_abuse_ch_is_looked_into() {
    let (address, der) = serve_self_signed(params(&["127.0.0.1"])).await;
    let (other, _) = serve_self_signed(params(&["127.0.0.1"])).await;
    let plain = start("").await;
    let item = fetch(&plain, address).await;
    assert!(item.get("on_abuse_list").is_none(), "no list, no answer: {item}");
    let sha1 = item["certificate"]["sha1"].as_str().unwrap();
    assert_eq!((sha1.len(), der.is_empty()), (40, false));

    let vendor = Vendor::start();
    let list = format!("# Listingdate,SHA1,Listingreason\r\n2026-01-02 10:11:12,{sha1},Example C&C\r\n");
    vendor.says("/blacklist/sslblacklist.csv", Reply::json(list).header("content-type", "text/plain"));
    let quiet = QUIET.replace(
        "tor: { enabled: false }",
        &format!("sslbl: {{ base_url: \"{}\" }}, tor: {{ enabled: false }}", vendor.base()),
    );
    let service = Service::start(&format!("{quiet}{ACTIVE}")).await;
    let mut item = fetch(&service, address).await;
    for _ in 0..200 {
        if item.get("on_abuse_list").is_some() {
            break;
        }
        item = fetch(&service, address).await;
    }
    assert_eq!((&item["on_abuse_list"], &item["abuse_reason"]), (&json!(true), &json!("Example C&C")), "{item}");
    assert_eq!(fetch(&service, other).await["on_abuse_list"], false);
}

#[tokio::test]
async fn a_report_has_what_its_servers_show_where_they_may_be_called_and_somebody_asked_for_it() {
    let (address, _) = serve_self_signed(params(&["127.0.0.1"])).await;
    let body = json!({ "observables": [{ "value": format!("hxxps://{address}/a") }, { "value": "d41d8cd98f00b204e9800998ecf8427e" }],
        "context": ["tls"], "render": ["markdown"] });
    let report = start("").await.call("/v1/enrich", &body).await;
    let tls = &report["items"][0]["context"]["tls"];
    assert_eq!((&tls["outcome"], &tls["distrust"]), (&json!("hit"), &json!("unknown_issuer")), "{report:#}");
    assert_eq!(tls["certificate"]["is_self_signed"], true);
    assert!(report["items"][1]["context"].get("tls").is_none());
    let markdown = report["rendered"]["markdown"].as_str().unwrap();
    assert!(markdown.contains("certificate not trusted"), "{markdown}");

    for (service, context) in [(Service::start(QUIET).await, json!(["tls"])), (start("").await, json!([]))] {
        let mut body = body.clone();
        body["context"] = context;
        let report = service.call("/v1/enrich", &body).await;
        assert!(report["items"][0]["context"].get("tls").is_none(), "{report:#}");
    }
}
