//! Registries as the world has them: found by IANA's files over HTTPS, asked in the DNS and on port 43, leading on to each other.
//!
//! Ports 43 and 443 are for those who may listen there; for others these tests say that they are skipped.

use std::{fs, time::Duration};

use serde_json::{Value, json};
use tests::{
    dns::{NameServer, RData, rdata},
    service::{QUIET, Service},
    tls::{Authority, HttpsServer, params},
    whois::Whois,
};

const ORIGIN: &str = "15169 | 8.8.8.0/24 | US | arin | 2023-12-28";
const SYSTEM: &str = "15169 | US | arin | 2000-03-30 | GOOGLE, US";

/// A service with these providers as they are by themselves, and the name server of the test.
async fn start(on: &[&str], server: &NameServer, egress: &str) -> Service {
    let off: String = ["cymru", "rdap", "radb", "whois"]
        .iter()
        .filter(|id| !on.contains(id))
        .map(|id| format!(", {id}: {{ enabled: false }}"))
        .collect();
    let settings = QUIET
        .replace("tor: { enabled: false }", &format!("tor: {{ enabled: false }}{off}"))
        .replace("allow_ranges: [\"127.0.0.0/8\"]", &format!("allow_ranges: [\"127.0.0.0/8\"]{egress}"));
    Service::start(&(settings + &server.settings())).await
}

fn txt(text: &str) -> RData {
    RData::TXT(rdata::TXT::new(vec![text.to_owned()]))
}

#[tokio::test]
async fn team_cymru_is_asked_in_the_dns() {
    let server = NameServer::start(&["asn.cymru.com"]).await;
    server.tell("8.8.8.8.origin.asn.cymru.com", 60, [txt(ORIGIN)]).await;
    server.tell("AS15169.asn.cymru.com", 60, [txt(SYSTEM)]).await;
    let service = start(&["cymru"], &server, "").await;

    let body = json!({ "values": ["8.8.8.8", "9.9.9.9"], "source": "cymru" });
    let answer = service.call("/v1/ip/asn", &body).await;

    let known = &answer["items"][0];
    assert_eq!((&known["asn"], &known["asn_cidr"]), (&json!(15169), &json!("8.8.8.0/24")), "{answer:#}");
    assert_eq!((&known["asn_description"], &known["asn_date"]), (&json!("GOOGLE, US"), &json!("2023-12-28")));
    assert_eq!(answer["items"][1]["outcome"], "not_found", "{answer:#}");
}

#[tokio::test]
async fn port_43_leads_from_iana_to_the_registry() {
    let record = "Domain: example.de\nNserver: ns1.example.net\nStatus: connect\n";
    let answer = |said: &str| {
        Some(match said {
            "de" => "domain: DE\nrefer: whois.registry.example.net\n".to_owned(),
            said if said.ends_with("example.de") => record.to_owned(),
            _ => "% nothing\n".to_owned(),
        })
    };
    let Some(whois) = Whois::start_on_port_43(answer).await else { return };
    let server = NameServer::start(&["iana.org", "example.net"]).await;
    server.host("whois.iana.org", &["127.0.0.1"]).await;
    server.host("whois.registry.example.net", &["127.0.0.1"]).await;
    let service = start(&["whois"], &server, "").await;

    let answer = service.call("/v1/domain/whois", &json!({ "values": ["www.example.de"] })).await;

    assert_eq!(answer["items"][0]["name_servers"], json!(["ns1.example.net"]), "{answer:#}");
    let heard = whois.heard();
    assert_eq!((heard.len(), heard[0].as_str()), (2, "de"), "{heard:?}");
}

/// What each host of this small world says; registries call each other by links and redirects.
fn world(host: &str, path: &str) -> (u16, Vec<(&'static str, String)>, String) {
    let rdap = |body: Value| (200, vec![("content-type", "application/rdap+json".to_owned())], body.to_string());
    let guide = |services: Value| {
        (
            200,
            vec![("content-type", "application/json".to_owned())],
            json!({"version": "1.0", "services": services}).to_string(),
        )
    };
    match (host, path) {
        ("data.iana.org", "/rdap/dns.json") => guide(json!([[["com"], ["https://rdap.one.example.net/"]]])),
        ("data.iana.org", "/rdap/ipv4.json") => guide(json!([[["8.0.0.0/8"], ["https://rdap.one.example.net/"]]])),
        ("data.iana.org", "/rdap/ipv6.json") => guide(json!([[["2001::/16"], ["https://rdap.one.example.net/"]]])),
        ("data.iana.org", "/rdap/asn.json") => guide(json!([[["1-100"], ["https://rdap.one.example.net/"]]])),
        ("rdap.one.example.net", "/domain/example.com") => rdap(json!({
            "objectClassName": "domain", "ldhName": "EXAMPLE.COM",
            "links": [{"rel": "related", "type": "application/rdap+json", "href": "https://rdap.two.example.net/domain/EXAMPLE.COM"}],
        })),
        ("rdap.two.example.net", "/domain/EXAMPLE.COM") => rdap(json!({
            "objectClassName": "domain", "ldhName": "EXAMPLE.COM",
            "entities": [{"roles": ["registrant"], "vcardArray": ["vcard", [["fn", {}, "text", "Example Ltd"]]]}],
        })),
        ("rdap.one.example.net", "/ip/8.8.8.8") => {
            (302, vec![("location", "https://rdap.two.example.net/ip/8.8.8.8".to_owned())], String::new())
        }
        ("rdap.two.example.net", "/ip/8.8.8.8") => rdap(json!({
            "objectClassName": "ip network", "handle": "NET-8-8", "name": "SMALL", "startAddress": "8.8.8.0", "endAddress": "8.8.8.255",
            "links": [{"rel": "up", "type": "application/rdap+json", "href": "https://rdap.two.example.net/ip/8.0.0.0/9"}],
        })),
        ("rdap.two.example.net", "/ip/8.0.0.0/9") => rdap(json!({
            "objectClassName": "ip network", "handle": "NET-8", "name": "LARGE", "startAddress": "8.0.0.0", "endAddress": "8.127.255.255",
        })),
        _ => (404, Vec::new(), "{}".to_owned()),
    }
}

#[tokio::test]
async fn iana_says_which_registry_is_asked_and_registries_lead_on_to_each_other() {
    let hosts = ["data.iana.org", "rdap.one.example.net", "rdap.two.example.net"];
    let authority = Authority::new();
    let Some(https) = HttpsServer::start_on_port_443(&authority, params(&hosts), world).await else { return };
    let server = NameServer::start(&["iana.org", "example.net"]).await;
    for host in hosts {
        server.host(host, &["127.0.0.1"]).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("authority.pem");
    fs::write(&file, &authority.pem).unwrap();
    let service = start(&["rdap"], &server, &format!(", ca_file: '{}'", file.display())).await;

    let answer =
        service.call("/v1/domain/whois", &json!({ "values": ["www.example.com"], "deadline_ms": 20_000 })).await;
    assert_eq!(answer["items"][0]["registrant"], "Example Ltd", "the registrar knows more: {answer:#}");

    let answer = service.call("/v1/ip/whois", &json!({ "values": ["8.8.8.8"], "deadline_ms": 20_000 })).await;
    let network = &answer["items"][0];
    assert_eq!(network["name"], "SMALL", "{answer:#}");
    let nets: Vec<_> = network["nets"].as_array().unwrap().iter().map(|net| net["name"].as_str().unwrap()).collect();
    assert_eq!(nets, ["SMALL", "LARGE"], "the network around it is told, too");

    let files = https.seen().iter().filter(|seen| seen.starts_with("data.iana.org")).count();
    assert_eq!(files, 4, "the files are fetched once: {:?}", https.seen());
    tokio::time::timeout(Duration::from_secs(5), service.stop()).await.unwrap();
}
