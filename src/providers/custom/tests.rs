//! A described provider behaves like one that is built in: it asks, turns pages, judges, and looks into its lists.

use model::{ObservableKind::*, Outcome, Verdict};
use serde_json::json;

use super::*;
use crate::{
    mutations::Mutations,
    testing::{http, observable, read},
};

fn definition(way: Way, kinds: &[ObservableKind]) -> Definition {
    Definition {
        id: "corp_intel".into(),
        title: "Corporate intelligence".into(),
        purpose: Purpose::ThreatIntelligence,
        kinds: kinds.to_vec(),
        base_url: "https://intel.example".into(),
        auth: Credentials::Header("X-Api-Key".into()),
        budgets: Vec::new(),
        fresh: Facts::DEFAULT.fresh,
        fresh_unknown: Facts::DEFAULT.fresh_unknown,
        timeout: Facts::DEFAULT.timeout,
        max_tlp: Tlp::Amber,
        side_effect: SideEffect::Passive,
        answers_private: false,
        licence_note: None,
        revision: 7,
        way,
        examples: Vec::new(),
    }
}

fn paths(paths: &[(&str, &str)]) -> Vec<(String, JsonPath)> {
    paths.iter().map(|(name, path)| ((*name).to_owned(), JsonPath::compile(path).unwrap())).collect()
}

fn when(text: &str) -> Option<Expression> {
    Some(Expression::compile(text, ["score", "tags", "status", "error", "total"]).unwrap())
}

fn asked() -> &'static Custom {
    let names = |text: &str| vec![("q".to_owned(), Template::compile(text, QUESTION.iter().copied()).unwrap())];
    let ask = Ask {
        method: crate::Method::Get,
        path: Template::address("/{{ kind }}/{{ value }}", QUESTION.iter().copied()).unwrap(),
        query: names("{{ value }}"),
        headers: names("{{ value }}"),
        content: Content::Empty,
        next: Some(Next { at: JsonPath::compile("$.next").unwrap(), parameter: Some("after".into()), pages: 3 }),
    };
    let judge = Judge {
        fields: paths(&[("score", "$.score"), ("error", "$.error"), ("owner", "$.owner.name")]),
        lists: paths(&[("tags", "$.tags[*]"), ("hosts", "$..host")]),
        computed: vec![("total".into(), when("tags | length").unwrap())],
        outcomes: vec![
            OutcomeRule { when: when("error == 17"), lacks: vec![], outcome: Outcome::RateLimited, reason: None },
            OutcomeRule {
                when: when("status == 200"),
                lacks: vec!["score".into()],
                outcome: Outcome::NotFound,
                reason: Some("no score".into()),
            },
        ],
        verdicts: vec![
            VerdictRule {
                when: when("score > 75 or 'c2' in tags"),
                lacks: vec![],
                verdict: Verdict::Malicious,
                score: when("score"),
            },
            VerdictRule { when: when("score < 10"), lacks: vec![], verdict: Verdict::Benign, score: None },
            VerdictRule { when: None, lacks: vec![], verdict: Verdict::Suspicious, score: None },
        ],
        evidence: ["owner", "tags", "total"].map(Into::into).to_vec(),
        related: vec!["hosts".into()],
        reference: Some(Template::address("https://intel.example/see/{{ value }}", ANSWER.iter().copied()).unwrap()),
    };
    Custom::new(definition(Way::Ask(Box::new(ask), Box::new(judge)), &[Ipv4, Url]))
}

#[test]
fn the_first_rule_that_holds_decides() {
    let ip = observable(Ipv4, "203.0.113.7");
    for (status, body, outcome, verdict) in [
        (200, r#"{"score": 80}"#, Outcome::Hit, Verdict::Malicious),
        (200, r#"{"score": 20, "tags": ["c2"]}"#, Outcome::Hit, Verdict::Malicious),
        (200, r#"{"score": 20}"#, Outcome::Hit, Verdict::Suspicious),
        (200, r#"{"score": 3}"#, Outcome::Clean, Verdict::Benign),
        (200, "{}", Outcome::NotFound, Verdict::Unknown),
        (500, r#"{"error": 17}"#, Outcome::RateLimited, Verdict::Unknown),
        (401, "", Outcome::Unauthorized, Verdict::Unknown),
        (503, r#"{"score": 80}"#, Outcome::Error, Verdict::Unknown),
    ] {
        let reading = read(asked(), &ip, None, &[(status, body.as_bytes())]).unwrap();
        assert_eq!((reading.outcome, reading.verdict), (outcome, verdict), "{status} {body}");
    }
    assert_eq!(read(asked(), &ip, None, &[(200, b"<html>")]), Err(Misread::NotJson));
}

#[test]
fn pages_are_read_together_and_never_for_ever() {
    let ip = observable(Ipv4, "203.0.113.7");
    let first = br#"{"score": 80, "owner": {"name": "SOC"}, "tags": ["a"], "next": 2, "host": "a.example.com"}"#;
    let second = br#"{"tags": ["b"], "next": "x&y", "host": "203.0.113.7"}"#;
    let reading = read(asked(), &ip, None, &[(200, first), (200, second)]).unwrap();
    assert_eq!(json!(reading.evidence), json!({ "owner": "SOC", "tags": ["a", "b"], "total": 2 }));
    assert_eq!((reading.score, reading.related.len()), (Some(80), 1));
    assert_eq!(reading.reference.as_deref(), Some("https://intel.example/see/203.0.113.7"));

    let question = Question::usual(&ip);
    let answers = [http(200, first), http(200, second), http(200, second)];
    let Some(Request::Http(next)) = asked().follow_up(&question, &answers[..1]) else { panic!("a second page") };
    assert_eq!((next.path.as_str(), &next.query[1]), ("/ipv4/203.0.113.7", &("after", "2".to_owned())));
    assert!(asked().follow_up(&question, &answers[..2]).is_some());
    assert!(asked().follow_up(&question, &answers).is_none(), "three pages are enough");
    assert!(asked().follow_up(&question, &[http(429, second)]).is_none());
}

#[test]
fn a_value_stays_in_its_place_or_is_not_sent() {
    let url = observable(Url, "http://a.example/x/../?q=\"1\"&r=2#f");
    let Request::Http(request) = asked().ask(&Question::usual(&url)) else { panic!("not HTTP") };
    assert!(request.path.starts_with("/url/http%3A%2F%2Fa.example%2F"), "{}", request.path);
    assert!(!request.path[5..].contains(['?', '&', '#', '"']), "{}", request.path);
    assert_eq!(request.query[0].1, url.canonical());
}

fn listed(format: Format, place: Place, kinds: &[ObservableKind]) -> &'static Custom {
    let list = ListDefinition {
        place,
        format,
        evidence: None,
        every: Facts::DEFAULT.fresh,
        believed_for: Facts::DEFAULT.fresh,
        verdict: Verdict::Malicious,
        score: Some(90),
    };
    Custom::new(definition(Way::List(list), kinds))
}

fn on_the_web(format: Format, kinds: &[ObservableKind]) -> &'static Custom {
    listed(format, Place::Web("/list".into()), kinds)
}

#[test]
fn lists_are_read_in_every_form() {
    let lines = on_the_web(Format::Lines, &[Ipv4, Domain, Url, Sha256]);
    let file = b"# bad\n198.51.100.0/24 ; a network\n\nEvil.Example.com # a name\nhttp://a.example/x#y\nnonsense!\n";
    let found = |custom: &'static Custom, kind, value: &str, file: &[u8]| {
        let reading = read(custom, &observable(kind, value), None, &[(200, file)]).unwrap();
        (reading.outcome, reading.score)
    };
    let hit = (Outcome::Hit, Some(90));
    assert_eq!(found(lines, Ipv4, "198.51.100.77", file), hit);
    assert_eq!(found(lines, Domain, "evil.example.com", file), hit);
    assert_eq!(found(lines, Url, "http://evil.example.com/page", file), hit, "a listed name lists its pages");
    assert_eq!(found(lines, Ipv4, "203.0.113.7", file), (Outcome::NotFound, None));
    assert_eq!(found(lines, Ipv4, "203.0.113.7", b"<html>down</html>"), (Outcome::Error, None));
    assert_eq!(found(lines, Ipv4, "203.0.113.7", b""), (Outcome::Error, None), "nothing is no list");

    let hosts = on_the_web(Format::Hosts, &[Domain]);
    assert_eq!(found(hosts, Domain, "bad.example.com", b"0.0.0.0 good.example.com bad.example.com\n"), hit);

    let entries = JsonPath::compile("$.items[*]").unwrap();
    let json = on_the_web(Format::Json { entries, columns: vec!["ip".into()] }, &[Ipv4]);
    assert_eq!(found(json, Ipv4, "203.0.113.7", br#"{"items": ["198.51.100.1", {"ip": "203.0.113.7"}]}"#), hit);
}

#[test]
fn a_row_of_a_table_is_found_by_any_of_its_columns_and_tells_the_others() {
    let format = Format::Csv { columns: vec!["ip".into(), "host".into()], separator: b';' };
    let table = on_the_web(format, &[Ipv4, Hostname]);
    let file = "\u{feff}ip;host;owner\n\"10.0.0.1, 10.0.0.2\";WS-1;Ada\n10.1.0.0/16;;Lab\n";
    let evidence =
        |kind, value| read(table, &observable(kind, value), None, &[(200, file.as_bytes())]).unwrap().evidence;
    assert_eq!(evidence(Hostname, "ws-1")["owner"], "Ada");
    assert_eq!(evidence(Ipv4, "10.0.0.2")["host"], "WS-1");
    assert_eq!(json!(evidence(Ipv4, "10.1.2.3")), json!({ "ip": "10.1.0.0/16", "owner": "Lab" }));
    let other = read(table, &observable(Ipv4, "10.0.0.1"), None, &[(200, b"a;b\n1;2\n")]).unwrap();
    assert_eq!(other.outcome, Outcome::Error, "a table without these columns is another table");
}

#[test]
fn an_empty_file_of_one_s_own_is_an_empty_list() {
    let list = listed(Format::Lines, Place::File("/x".into()), &[Ipv4]);
    let outcome = |file: &[u8]| read(list, &observable(Ipv4, "10.0.0.1"), None, &[(200, file)]).unwrap().outcome;
    assert_eq!(outcome(b"# nobody yet\n"), Outcome::NotFound);
    assert_eq!(outcome(b"what is this?\n"), Outcome::Error);
}

#[test]
fn an_example_that_means_something_else_is_told() {
    let expected =
        |outcome, score| Expected { outcome, verdict: None, score, evidence: vec![("total".into(), "1".into())] };
    let example = |name: &str, body: &'static str, expected| Example {
        name: name.into(),
        observable: observable(Ipv4, "203.0.113.7"),
        answers: vec![Example::answer(200, Vec::new(), body)],
        expected,
    };
    let told = |example: Example| example.failure(asked());
    let body = r#"{"score": 80, "tags": ["a"]}"#;
    assert_eq!(told(example("good", body, expected(Outcome::Hit, Some(80)))), None);
    assert_eq!(told(example("x", body, expected(Outcome::Clean, None))).unwrap(), "x: outcome is hit, not clean");
    assert_eq!(told(example("x", body, expected(Outcome::Hit, Some(9)))).unwrap(), "x: score is 80, not 9");
    let other = told(example("x", r#"{"score": 80}"#, expected(Outcome::Hit, None)));
    assert_eq!(other.unwrap(), "x: evidence.total is 0, not 1");
}

#[test]
fn no_reader_panics_on_a_mutated_answer() {
    let ip = observable(Ipv4, "203.0.113.7");
    let page = br#"{"score": 80, "owner": {"name": "SOC"}, "tags": ["c2", 7], "error": 0, "next": 2, "host": ["a.example.com"]}"#;
    let mut mutations = Mutations::of(page);
    for _ in 0..10_000 {
        let body = mutations.mutate();
        let _ = read(asked(), &ip, None, &[(200, &body)]);
        let _ = read(asked(), &ip, None, &[(200, page), (200, &body)]);
        let _ = asked().follow_up(&Question::usual(&ip), &[http(200, &body)]);
    }
    let file = b"value;note\n198.51.100.0/24;a network\nEvil.Example.com;\"a; name\"\n";
    let lines = on_the_web(Format::Lines, &[Ipv4, Domain, Url, Sha256]);
    let mut mutations = Mutations::of(file);
    for _ in 0..10_000 {
        let _ = read(lines, &ip, None, &[(200, &mutations.mutate())]);
    }
}
