//! `/v1/ip/whois`, `/v1/ip/asn`, `/v1/asn` and `/v1/domain/whois` against registries on loopback that redirect, limit,
//! dawdle and talk nonsense.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{
    service::{QUIET, Service, json as read},
    vendor::{Manner, Reply, Vendor},
    whois::Whois,
};

const NETWORK: &str = r#"{"objectClassName": "ip network", "handle": "NET-8", "name": "EXAMPLE-NET", "country": "US",
    "startAddress": "8.8.8.0", "endAddress": "8.8.8.255",
    "events": [{"eventAction": "registration", "eventDate": "2014-03-14T16:52:05-04:00"},
        {"eventAction": "last changed", "eventDate": "2015-01-02T03:04:05Z"}],
    "links": [{"rel": "up", "href": "https://rdap.example/ip/8.0.0.0/9", "type": "application/rdap+json"}],
    "entities": [{"roles": ["registrant"], "vcardArray": ["vcard", [["fn", {}, "text", "Example Ltd"],
        ["adr", {"label": "1 Road\nTown"}, "text", []], ["email", {}, "text", "noc@example.net"]]]}]}"#;

const DOMAIN: &str = r#"{"objectClassName": "domain", "ldhName": "EXAMPLE.COM", "nameservers": [{"ldhName": "NS1.EXAMPLE.NET"}],
    "events": [{"eventAction": "registration", "eventDate": "1995-08-14T04:00:00Z"}],
    "redacted": [{"name": {"description": "Registrant Email"}}]}"#;

const HEAD: &str = "AS | IP | BGP Prefix | CC | Registry | Allocated | AS Name";

/// Team Cymru, who knows every address, and says so one by one and in bulk.
async fn cymru() -> Whois {
    Whois::start(|said| {
        let asked = said.trim_start_matches("-v").lines().map(str::trim);
        let rows = asked
            .filter(|line| line.contains('.') || line.contains(':'))
            .map(|ip| format!("15169 | {ip} | 8.8.8.0/24 | US | arin | 2023-12-28 | GOOGLE, US\n"));
        Some(format!("{HEAD}\n{}", rows.collect::<String>()))
    })
    .await
}

async fn start(providers: &[(&str, String)]) -> Service {
    let mut lines: Vec<(&str, String)> = ["cymru", "rdap", "radb", "whois"]
        .into_iter()
        .filter(|id| !providers.iter().any(|(other, _)| other == id))
        .map(|id| (id, "enabled: false".to_owned()))
        .collect();
    lines.extend(providers.iter().map(|(id, base)| (*id, format!("base_url: \"{base}\""))));
    let lines: String = lines.iter().map(|(id, setting)| format!(", {id}: {{ {setting} }}")).collect();
    Service::start(&QUIET.replace("tor: { enabled: false }", &format!("tor: {{ enabled: false }}{lines}"))).await
}

fn rdap(vendor: &Vendor) -> (&'static str, String) {
    ("rdap", vendor.base().to_owned())
}

#[tokio::test]
async fn a_network_has_the_columns_of_msticpy_from_both_who_know() {
    let (vendor, cymru) = (Vendor::start(), cymru().await);
    vendor.says("/ip/8.8.8.8", Reply::json(NETWORK).header("content-type", "application/rdap+json"));
    let service = start(&[rdap(&vendor), ("cymru", cymru.base())]).await;

    let answer = service.call("/v1/ip/whois", &json!({ "values": ["8.8.8[.]8", "10.0.0.1", "nonsense"] })).await;

    let item = &answer["items"][0];
    assert_eq!((&item["value"], &item["outcome"]), (&json!("8.8.8[.]8"), &json!("hit")), "{answer:#}");
    for (column, value) in [
        ("asn", json!(15169)),
        ("asn_cidr", json!("8.8.8.0/24")),
        ("asn_country_code", json!("US")),
        ("asn_registry", json!("arin")),
        ("asn_date", json!("2023-12-28")),
        ("asn_description", json!("GOOGLE, US")),
        ("name", json!("EXAMPLE-NET")),
        ("created", json!("2014-03-14T20:52:05Z")),
    ] {
        assert_eq!(item[column], value, "{column}");
    }
    assert_eq!(
        item["nets"],
        json!([{ "cidr": "8.8.8.0/24", "handle": "NET-8", "name": "EXAMPLE-NET", "start_address": "8.8.8.0",
            "end_address": "8.8.8.255", "created": "2014-03-14T20:52:05Z", "updated": "2015-01-02T03:04:05Z",
            "address": "1 Road, Town", "emails": ["noc@example.net"] }])
    );
    assert_eq!(
        (&answer["items"][1]["outcome"], &answer["items"][1]["reason"]),
        (&json!("skipped"), &json!("not_global"))
    );
    assert_eq!(answer["items"][2]["outcome"], "unsupported");
    assert_eq!(cymru.heard(), ["-v 8.8.8.8"]);
    assert_eq!(vendor.seen()[0].header("accept"), Some("application/rdap+json, application/json;q=0.5"));

    let (_, again) = read(service.get("/v1/ip/whois?value=8.8.8.8").send().await.unwrap()).await;
    assert_eq!(again["items"][0]["providers"][0]["cache"]["status"], "hit");
    assert_eq!((vendor.calls(), cymru.heard().len()), (1, 1), "what is known is not asked for again");
    assert!(!answer.to_string().contains("null"), "{answer}");
}

#[tokio::test]
async fn a_registry_that_fails_is_data_and_the_other_ones_answer_stands() {
    let (vendor, cymru) = (Vendor::start(), cymru().await);
    vendor.says("/ip/8.8.8.1", Reply::json("slow down").status(429).header("retry-after", "0"));
    vendor.says("/ip/8.8.8.2", Reply::json("<html>busy</html>"));
    vendor.says("/ip/8.8.8.3", Reply::json("<html>404</html>").status(404).header("content-type", "text/html"));
    vendor.says("/ip/8.8.8.4", Reply::json(NETWORK).manner(Manner::Truncated));
    let service = start(&[rdap(&vendor), ("cymru", cymru.base())]).await;

    for (value, outcome) in
        [("8.8.8.2", "error"), ("8.8.8.3", "not_found"), ("8.8.8.4", "error"), ("8.8.8.1", "rate_limited")]
    {
        let answer = service.call("/v1/ip/whois", &json!({ "values": [value] })).await;
        let item = &answer["items"][0];
        assert_eq!((&item["outcome"], &item["asn"]), (&json!("hit"), &json!(15169)), "{answer:#}");
        assert_eq!(
            (&item["providers"][1]["provider"], &item["providers"][1]["outcome"]),
            (&json!("rdap"), &json!(outcome))
        );
    }
}

#[tokio::test]
async fn a_redirect_from_one_registry_to_another_is_followed() {
    let (first, second) = (Vendor::start(), Vendor::start());
    let there = format!("{}/rdap/ip/8.8.8.8", second.base());
    first.says("/", Reply::json("").status(301).header("location", &there));
    second.says("/rdap/ip/8.8.8.8", Reply::json(NETWORK));
    let service = start(&[rdap(&first)]).await;
    let answer = service.call("/v1/ip/whois", &json!({ "values": ["8.8.8.8"] })).await;
    assert_eq!(answer["items"][0]["name"], "EXAMPLE-NET", "{answer:#}");

    let inside = Vendor::start();
    inside.says("/", Reply::json("").status(302).header("location", "http://169.254.169.254/latest/"));
    let service = start(&[rdap(&inside)]).await;
    let answer = service.call("/v1/ip/whois", &json!({ "values": ["8.8.8.8"] })).await;
    assert_eq!(answer["items"][0]["outcome"], "error", "{answer:#}");
}

#[tokio::test]
async fn at_the_deadline_what_is_there_is_returned() {
    let (vendor, cymru) = (Vendor::start(), cymru().await);
    vendor.says("/", Reply::json(NETWORK).manner(Manner::Hang));
    let service = start(&[rdap(&vendor), ("cymru", cymru.base())]).await;
    let started = Instant::now();
    let answer = service.call("/v1/ip/whois", &json!({ "values": ["8.8.8.8"], "deadline_ms": 500 })).await;
    assert!(started.elapsed() < Duration::from_secs(4));
    assert_eq!((&answer["complete"], &answer["items"][0]["outcome"]), (&json!(false), &json!("hit")), "{answer:#}");
    assert_eq!(answer["items"][0]["providers"][1]["outcome"], "timeout");

    let deaf = Whois::start(|_| None).await;
    let service = start(&[("cymru", deaf.base())]).await;
    let answer = service.call("/v1/ip/whois", &json!({ "values": ["8.8.8.8"], "deadline_ms": 500 })).await;
    assert_eq!(answer["items"][0]["outcome"], "timeout");
}

#[tokio::test]
async fn many_addresses_are_one_question() {
    let cymru = cymru().await;
    let service = start(&[("cymru", cymru.base())]).await;
    let values: Vec<String> = (0..300).map(|number| format!("8.8.{}.{}", number / 200, number % 200 + 1)).collect();

    let answer = service.call("/v1/ip/asn", &json!({ "values": values, "source": "cymru" })).await;

    let items = answer["items"].as_array().unwrap();
    assert_eq!(items.len(), 300);
    assert!(items.iter().zip(&values).all(|(item, value)| item["value"] == *value && item["asn"] == 15169));
    let heard = cymru.heard();
    assert_eq!(heard.len(), 1);
    assert!(heard[0].starts_with("begin\r\nverbose\r\n8.8.0.1\r\n") && heard[0].lines().count() == 303, "{}", heard[0]);
    service.call("/v1/ip/whois", &json!({ "values": values })).await;
    assert_eq!(cymru.heard().len(), 1, "kept like any answer");
}

#[tokio::test]
async fn the_database_in_memory_answers_without_anybody() {
    let service = start(&[]).await;
    let answer = service.call("/v1/ip/asn", &json!({ "values": ["8.8.8.8", "192.168.1.1", "x"] })).await;
    let item = &answer["items"][0];
    assert_eq!((&item["asn"], &item["source"], &item["outcome"]), (&json!(15169), &json!("bundled"), &json!("hit")));
    assert_eq!(item["asn_cidr"], "8.8.8.0/24");
    assert_eq!(answer["items"][1]["outcome"], "skipped");
    assert_eq!(answer["items"][2]["outcome"], "unsupported");

    let (_, known) = read(service.get("/v1/asn/AS15169?limit=3").send().await.unwrap()).await;
    assert_eq!(
        (&known["asn"], &known["outcome"], &known["truncated"]),
        (&json!(15169), &json!("hit"), &json!(true)),
        "{known:#}"
    );
    assert_eq!(known["prefixes"].as_array().unwrap().len(), 3);
    assert!(known["prefix_count"].as_u64().unwrap() > 100);
}

#[tokio::test]
async fn a_system_is_described_by_all_who_know_it() {
    let vendor = Vendor::start();
    vendor.says(
        "/autnum/64500",
        Reply::json(
            r#"{"objectClassName": "autnum", "handle": "AS64500", "name": "EXAMPLE-AS",
        "entities": [{"roles": ["registrant"], "vcardArray": ["vcard", [["fn", {}, "text", "Example Ltd"]]]}]}"#,
        ),
    );
    let radb = Whois::start(|said| {
        Some(
            match said {
                "AS64500" => {
                    "aut-num: AS64500\nas-name: EXAMPLE\ndescr: Example\nnotify: noc@example.net\nsource: RADB\n"
                }
                "-i origin AS64500" => {
                    "route: 203.0.113.0/24\norigin: AS64500\n\nroute: 198.51.100.0/24\norigin: AS64500\n"
                }
                _ => "%  No entries found for the selected source(s).\n",
            }
            .to_owned(),
        )
    })
    .await;
    let service = start(&[rdap(&vendor), ("radb", radb.base())]).await;

    let (status, known) = read(service.get("/v1/asn/64500").send().await.unwrap()).await;

    assert_eq!((status.as_u16(), &known["outcome"]), (200, &json!("hit")), "{known:#}");
    assert_eq!(
        (&known["name"], &known["contact"], &known["registrant"]),
        (&json!("EXAMPLE"), &json!("noc@example.net"), &json!("Example Ltd"))
    );
    assert_eq!(known["prefixes"], json!(["198.51.100.0/24", "203.0.113.0/24"]));
    read(service.get("/v1/asn/64500").send().await.unwrap()).await;
    assert_eq!((vendor.calls(), radb.heard().len()), (1, 2), "kept");

    let (_, unknown) = read(service.get("/v1/asn/64511").send().await.unwrap()).await;
    assert_eq!(unknown["outcome"], "not_found", "{unknown:#}");
    let (status, problem) = read(service.get("/v1/asn/ASx").send().await.unwrap()).await;
    assert_eq!((status.as_u16(), &problem["errors"][0]["pointer"]), (400, &json!("/asn")));
}

#[tokio::test]
async fn systems_are_searched_by_name_page_by_page() {
    let service = start(&[]).await;
    let search = async |query: &str| read(service.get(&format!("/v1/asn?{query}")).send().await.unwrap()).await;

    let (_, first) = search("name=GOOGLE&limit=2").await;
    let (_, second) = search(&format!("name=google&limit=2&cursor={}", first["next"].as_str().unwrap())).await;

    let numbers =
        |page: &Value| page["items"].as_array().unwrap().iter().map(|i| i["asn"].as_u64().unwrap()).collect::<Vec<_>>();
    let all = [numbers(&first), numbers(&second)].concat();
    assert!(all.is_sorted_by(|a, b| a < b) && all.len() == 4, "{all:?}");
    let (_, none) = search("name=no+such+organisation+at+all").await;
    assert_eq!(none, json!({ "items": [] }));
    for (query, pointer) in [("name=", "/name"), ("name=a&limit=1001", "/limit"), ("name=a&cursor=x", "/cursor")] {
        let (status, problem) = search(query).await;
        assert_eq!((status.as_u16(), &problem["errors"][0]["pointer"]), (400, &json!(pointer)), "{query}");
    }
}

#[tokio::test]
async fn a_domain_is_asked_about_by_what_can_be_registered() {
    let vendor = Vendor::start();
    vendor.says("/domain/example.com", Reply::json(DOMAIN));
    let service = start(&[rdap(&vendor)]).await;

    let values =
        ["www.example[.]com", "https://a.b.example.com/x", "nobody@example.com", "missing.co.uk", "8.8.8.8", "com"];
    let answer = service.call("/v1/domain/whois", &json!({ "values": values })).await;

    let items = answer["items"].as_array().unwrap();
    for item in &items[..3] {
        assert_eq!((&item["registrable"], &item["domain"]), (&json!("example.com"), &json!("example.com")), "{item:#}");
    }
    assert_eq!(
        (&items[0]["created"], &items[0]["name_servers"]),
        (&json!("1995-08-14T04:00:00Z"), &json!(["ns1.example.net"]))
    );
    assert_eq!(items[0]["redacted"], json!(["Registrant Email"]));
    assert_eq!((&items[3]["outcome"], &items[3]["registrable"]), (&json!("not_found"), &json!("missing.co.uk")));
    assert_eq!((&items[4]["outcome"], &items[5]["outcome"]), (&json!("unsupported"), &json!("unsupported")));
    assert_eq!(vendor.calls(), 2);
}

#[tokio::test]
async fn whois_answers_where_nobody_has_rdap() {
    let whois = Whois::start(|said| {
        Some(match said {
            "example.de" => "Domain: example.de\nNserver: ns1.example.net\nStatus: connect\nChanged: 2018-03-12T21:44:25+01:00\n",
            "free.de" => "Domain: free.de\nStatus: free\n",
            _ => "<html>",
        }
        .to_owned())
    })
    .await;
    let service = start(&[("whois", whois.base())]).await;

    let answer =
        service.call("/v1/domain/whois", &json!({ "values": ["www.example.de", "free.de", "garbage.de"] })).await;

    let items = answer["items"].as_array().unwrap();
    assert_eq!(
        (&items[0]["outcome"], &items[0]["updated"]),
        (&json!("hit"), &json!("2018-03-12T20:44:25Z")),
        "{answer:#}"
    );
    assert_eq!(items[0]["name_servers"], json!(["ns1.example.net"]));
    assert_eq!((&items[1]["outcome"], &items[2]["outcome"]), (&json!("not_found"), &json!("error")));
}
