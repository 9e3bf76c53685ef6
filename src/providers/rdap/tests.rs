//! What RDAP servers answer, whom they are asked, and where links may lead.

use model::{
    ObservableKind::{Domain, Ipv4, Ipv6},
    Outcome, Verdict,
};
use serde_json::json;

use super::*;
use crate::testing::{Example, example, http, observable, read};

const IP: &str = "203.0.113.7";
const NETWORK: &str = r#"{"objectClassName": "ip network", "handle": "NET-203-0-113-0-1", "name": "EXAMPLE-NET",
    "startAddress": "203.0.113.0", "endAddress": "203.0.113.255", "country": "AU",
    "cidr0_cidrs": [{"v4prefix": "203.0.113.0", "length": 24}],
    "events": [{"eventAction": "last changed", "eventDate": "2020-01-02T03:04:05Z"},
        {"eventAction": "registration", "eventDate": "2010-01-02T03:04:05+10:00"}],
    "links": [{"rel": "self", "href": "https://rdap.example/ip/203.0.113.0/24", "type": "application/rdap+json"},
        {"rel": "up", "href": "https://rdap.example/ip/203.0.0.0/8", "type": "application/rdap+json"}],
    "entities": [{"handle": "EX1", "roles": ["registrant"], "vcardArray": ["vcard", [["fn", {}, "text", "Example Ltd"],
        ["adr", {"label": "1 Road\nSydney"}, "text", ["", "", "", "", "", "", ""]]]], "entities": [{"roles": ["abuse"],
        "vcardArray": ["vcard", [["email", {}, "text", "abuse@example.net"], ["tel", {}, "uri", "tel:+61.2"]]]}]}]}"#;
const PARENT: &str = r#"{"objectClassName": "ip network", "name": "APNIC-203", "startAddress": "203.0.0.0", "endAddress": "203.255.255.255"}"#;
const NAME: &str = r#"{"objectClassName": "domain", "ldhName": "EXAMPLE.COM", "handle": "D1", "status": ["active"],
    "secureDNS": {"delegationSigned": true}, "nameservers": [{"ldhName": "NS1.EXAMPLE.NET."}],
    "events": [{"eventAction": "expiration", "eventDate": "2030-08-13T04:00:00Z"}],
    "links": [{"rel": "related", "href": "https://registrar.example/domain/EXAMPLE.COM", "type": "application/rdap+json"}],
    "entities": [{"roles": ["registrar"], "publicIds": [{"type": "IANA Registrar ID", "identifier": "376"}],
        "vcardArray": ["vcard", [["fn", {}, "text", "Example Registrar"]]]}],
    "redacted": [{"name": {"type": "Registrant Email"}, "method": "removal"}, {"name": {"description": "Registry Domain ID"}}]}"#;
const FROM_REGISTRAR: &str = r#"{"objectClassName": "domain", "ldhName": "example.com", "handle": "other", "entities": [{"roles": ["registrant"],
    "remarks": [{"title": "REDACTED FOR PRIVACY"}], "vcardArray": ["vcard", [["org", {}, "text", "Example Org"]]]}]}"#;
const NOT_FOUND: &str = r#"{"errorCode": 404, "title": "Object not found"}"#;

pub(crate) const EXAMPLES: &[Example] = &[
    example("network", Ipv4, IP, &[(200, NETWORK)]).means(Outcome::Hit, Verdict::Unknown),
    example("network and parent", Ipv4, IP, &[(200, NETWORK), (200, PARENT)]).means(Outcome::Hit, Verdict::Unknown),
    example("parent away", Ipv4, IP, &[(200, NETWORK), (500, "<html>")]).means(Outcome::Hit, Verdict::Unknown),
    example("name", Domain, "example.com", &[(200, NAME)]).means(Outcome::Hit, Verdict::Unknown),
    example("name and registrar", Domain, "example.com", &[(200, NAME), (200, FROM_REGISTRAR)])
        .means(Outcome::Hit, Verdict::Unknown),
    example("not found", Domain, "example.com", &[(404, NOT_FOUND)]).means(Outcome::NotFound, Verdict::Unknown),
    example("not found, as a page", Ipv6, "2001:db8::1", &[(404, "<html>404</html>")])
        .means(Outcome::NotFound, Verdict::Unknown),
    example("not found, in the body", Ipv4, IP, &[(200, NOT_FOUND)]).means(Outcome::NotFound, Verdict::Unknown),
    example("limited", Ipv4, IP, &[(429, "")]).means(Outcome::RateLimited, Verdict::Unknown),
    example("bad request", Ipv4, IP, &[(400, "{}")]).means(Outcome::Unsupported, Verdict::Unknown),
    example("garbage", Ipv4, IP, &[(200, "<html>")]),
    example("another object", Ipv4, IP, &[(200, "{}")]),
];

#[test]
fn a_network_has_the_columns_of_msticpy() {
    let evidence = EXAMPLES[1].read(&Rdap).unwrap().evidence;
    let nets = evidence["nets"].as_array().unwrap();
    assert_eq!(
        nets[0],
        json!({
            "cidr": "203.0.113.0/24", "handle": "NET-203-0-113-0-1", "name": "EXAMPLE-NET",
            "start_address": "203.0.113.0", "end_address": "203.0.113.255",
            "created": "2010-01-01T17:04:05Z", "updated": "2020-01-02T03:04:05Z",
            "address": "1 Road, Sydney", "emails": ["abuse@example.net"],
        })
    );
    assert_eq!(nets[1]["cidr"], "203.0.0.0/8");
    assert_eq!((&evidence["abuse_email"], &evidence["abuse_phone"]), (&json!("abuse@example.net"), &json!("+61.2")));
    assert_eq!((&evidence["registrant"], &evidence["country_code"]), (&json!("Example Ltd"), &json!("AU")));
}

#[test]
fn the_registrar_fills_what_the_registry_leaves_out_and_redactions_are_named() {
    let evidence = EXAMPLES[4].read(&Rdap).unwrap().evidence;
    assert_eq!((&evidence["registrar"], &evidence["registrar_iana_id"]), (&json!("Example Registrar"), &json!("376")));
    assert_eq!((&evidence["registrant"], &evidence["handle"]), (&json!("Example Org"), &json!("D1")));
    assert_eq!(evidence["name_servers"], json!(["ns1.example.net"]));
    assert_eq!((&evidence["dnssec"], &evidence["expires"]), (&json!(true), &json!("2030-08-13T04:00:00Z")));
    assert_eq!(evidence["redacted"], json!(["Registrant Email", "Registry Domain ID"]));
    let alone = read(&Rdap, &observable(Domain, "example.com"), None, &[(200, FROM_REGISTRAR.as_bytes())]).unwrap();
    assert_eq!(alone.evidence["redacted"], json!(["registrant"]));
}

fn path(request: Option<Request>) -> Option<String> {
    match request? {
        Request::Http(request) => Some(request.path),
        _ => None,
    }
}

#[test]
fn the_registry_of_the_value_is_asked_unless_the_settings_name_a_server() {
    let (address, name, german) = (observable(Ipv4, "8.8.8.8"), observable(Domain, "example.cz"), observable(Domain, "example.de"));
    let asked = |observable, own_server| path(Some(Rdap.ask(&Question { own_server, ..Question::usual(observable) })));
    assert_eq!(asked(&address, false).as_deref(), Some("https://rdap.arin.net/registry/ip/8.8.8.8"));
    assert_eq!(asked(&address, true).as_deref(), Some("/ip/8.8.8.8"));
    assert_eq!(asked(&name, false).as_deref(), Some("https://rdap.nic.cz/domain/example.cz"));
    assert_eq!(Rdap.ask(&Question::usual(&german)), Request::Nothing, "the registry has no RDAP");
    assert_eq!(asked(&german, true).as_deref(), Some("/domain/example.de"));
    let system = |own_server| path(Rdap.ask_system(12_345, own_server, &[]));
    assert_eq!(system(false).as_deref(), Some("https://rdap.db.ripe.net/autnum/12345"));
    assert_eq!(system(true).as_deref(), Some("/autnum/12345"));
}

#[test]
fn one_link_is_followed_and_only_where_it_may_lead() {
    let address = observable(Ipv4, IP);
    let follow = |own_server, body: &str| {
        path(Rdap.follow_up(&Question { own_server, ..Question::usual(&address) }, &[http(200, body)]))
    };
    assert_eq!(follow(false, NETWORK).as_deref(), Some("https://rdap.example/ip/203.0.0.0/8"));
    assert_eq!(follow(true, NETWORK), None);
    assert_eq!(follow(false, &NETWORK.replace("https://rdap.example/ip/203.0.0.0/8", "http://169.254.169.254/")), None);
    assert_eq!(follow(false, &NETWORK.replace("203.0.0.0/8", "203.0.113.0/24")), None, "itself");
    let twice = [http(200, NETWORK), http(200, NETWORK)];
    assert_eq!(path(Rdap.follow_up(&Question::usual(&address), &twice)), None);
}

#[test]
fn an_autonomous_system_is_read() {
    let body = r#"{"objectClassName": "autnum", "handle": "AS64500", "startAutnum": 64500, "endAutnum": 64510, "name": "EXAMPLE"}"#;
    let reading = Rdap.read_system(64_500, &[http(200, body)]).unwrap();
    assert_eq!((&reading.evidence["name"], &reading.evidence["last_asn"]), (&json!("EXAMPLE"), &json!(64510)));
}
