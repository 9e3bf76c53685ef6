//! Records of any type, absence, and failures; each from a real name server.

use hickory_resolver::proto::rr::{
    Name, RData,
    rdata::{self, NULL},
};

use super::{servers::NameServer, *};

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn address(text: &str) -> RData {
    RData::from(text.parse::<std::net::IpAddr>().unwrap())
}

/// A resolver that asks these name servers.
fn asking(servers: &[std::net::SocketAddr]) -> Resolver {
    let dns = DnsSettings { servers: servers.to_vec(), ask_internal: false };
    Upstream::new(&egress(), &dns).unwrap().resolver().clone()
}

async fn ask(resolver: &Resolver, name: &str, kind: &str) -> Result<DnsAnswer, DnsError> {
    let deadline = Instant::now() + Duration::from_secs(20);
    resolver.records(name, record_type(kind).unwrap(), deadline).await
}

#[tokio::test]
async fn any_type_is_read() {
    let names = NameServer::start(&[]).await;
    let unknown = RData::Unknown { code: RecordType::Unknown(64_000), rdata: NULL::with(vec![1, 0xfe]) };
    let told = [
        ("A", address("192.0.2.7"), "192.0.2.7"),
        ("aaaa", address("2001:db8::7"), "2001:db8::7"),
        ("MX", RData::MX(rdata::MX::new(10, name("Mail.example."))), "10 mail.example"),
        ("Mx", RData::MX(rdata::MX::new(0, Name::root())), "0 ."),
        ("NS", RData::NS(rdata::NS(name("ns.xn--bcher-kva.example."))), "ns.xn--bcher-kva.example"),
        ("TXT", RData::TXT(rdata::TXT::new(vec!["v=spf1 ".to_owned(), "-all".to_owned()])), "v=spf1 -all"),
        ("SRV", RData::SRV(rdata::SRV::new(1, 2, 443, name("a.example."))), "1 2 443 a.example"),
        ("TYPE64000", unknown, "\\# 2 01fe"),
    ];
    let resolver = asking(&[names.address]);
    for (place, (kind, data, expected)) in told.into_iter().enumerate() {
        let host = format!("h{place}.example");
        names.tell(&format!("{host}."), 300, [data]).await;
        let answer = ask(&resolver, &host, kind).await.unwrap();
        assert_eq!((answer.presence, answer.name_server), (Presence::Present, names.address), "{kind}");
        assert_eq!(answer.canonical_name, host);
        let [record] = &answer.records[..] else { panic!("{kind}: {answer:?}") };
        assert_eq!((&record.name, record.ttl_s, record.data.as_str()), (&host, 300, expected), "{kind}");
        assert_eq!(record.record_type, kind.to_uppercase());
    }
}

#[tokio::test]
async fn aliases_are_followed_and_shown() {
    let names = NameServer::start(&[]).await;
    names.tell("www.example.", 60, [RData::CNAME(rdata::CNAME(name("host.example.")))]).await;
    names.tell("host.example.", 60, [address("192.0.2.7")]).await;
    let answer = ask(&asking(&[names.address]), "WWW.example.", "A").await.unwrap();
    let seen: Vec<_> = answer.records.iter().map(|record| (&*record.record_type, &*record.data)).collect();
    assert_eq!(seen, [("CNAME", "host.example"), ("A", "192.0.2.7")]);
    assert_eq!(answer.canonical_name, "host.example");
}

#[tokio::test]
async fn absence_is_an_answer_and_refusal_is_not() {
    let names = NameServer::start(&[("host.example.", &["192.0.2.7"])]).await;
    let resolver = asking(&[names.address]);
    assert_eq!(ask(&resolver, "host.example", "MX").await.unwrap().presence, Presence::NoRecord);
    assert_eq!(ask(&resolver, "absent.example", "A").await.unwrap().presence, Presence::NoName);
    assert_eq!(ask(&resolver, "elsewhere.test", "A").await, Err(DnsError::Refused));
    let long = "a".repeat(64);
    for bad in [&*long, "a..b"] {
        assert_eq!(ask(&resolver, bad, "A").await, Err(DnsError::BadName), "{bad}");
    }
}

#[tokio::test]
async fn answers_are_kept_as_long_as_their_owner_allows() {
    let names = NameServer::start(&[]).await;
    let resolver = asking(&[names.address]);
    for (host, ttl, expected) in [("kept.example", 300, "192.0.2.1"), ("fresh.example", 0, "192.0.2.2")] {
        let absolute = format!("{host}.");
        names.tell(&absolute, ttl, [address("192.0.2.1")]).await;
        assert_eq!(ask(&resolver, host, "A").await.unwrap().records[0].data, "192.0.2.1");
        names.tell(&absolute, ttl, [address("192.0.2.2")]).await;
        assert_eq!(ask(&resolver, host, "A").await.unwrap().records[0].data, expected, "{host}");
    }
}

#[tokio::test]
async fn the_next_server_answers_for_one_that_does_not() {
    let names = NameServer::start(&[("host.example.", &["192.0.2.7"])]).await;
    let nobody = "127.0.0.1:1".parse().unwrap();
    let answer = ask(&asking(&[nobody, names.address]), "host.example", "A").await.unwrap();
    assert_eq!(answer.name_server, names.address);
}

#[tokio::test]
async fn nobody_is_waited_for_past_the_deadline() {
    let silent = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let resolver = asking(&[silent.local_addr().unwrap()]);
    let deadline = Instant::now() + Duration::from_millis(50);
    assert_eq!(resolver.records("host.example", RecordType::A, deadline).await, Err(DnsError::Timeout));
}

#[tokio::test]
async fn addresses_have_names() {
    let names = NameServer::start(&[]).await;
    names.tell("7.2.0.192.in-addr.arpa.", 60, [RData::PTR(rdata::PTR(name("host.example.")))]).await;
    let resolver = asking(&[names.address]);
    let deadline = Instant::now() + Duration::from_secs(20);
    let answer = resolver.names_of("192.0.2.7".parse().unwrap(), deadline).await.unwrap();
    assert_eq!(answer.records[0].data, "host.example");
    let absent = resolver.names_of("192.0.2.8".parse().unwrap(), deadline).await.unwrap();
    assert_eq!(absent.presence, Presence::NoName);
}

#[test]
fn types_are_read_by_name_and_number() {
    assert_eq!(record_type(" caa "), Some(RecordType::CAA));
    assert_eq!(record_type("type15"), Some(RecordType::MX));
    assert_eq!(record_type("TYPE64000"), Some(RecordType::Unknown(64_000)));
    for unaskable in ["AXFR", "IXFR", "OPT", "TYPE252", "TYPE", "TYPE65536", "X", ""] {
        assert_eq!(record_type(unaskable), None, "{unaskable}");
    }
}
