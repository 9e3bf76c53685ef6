//! Templates as people write them: merging, rendering, refusing.

use serde_json::{Value as Json, json};

use super::*;

const NOW: &str = "2024-05-02T12:00:00Z";

const FILE: &str = r#"
metadata:
  version: 1
  description: Events of hosts
  data_environments: [LogAnalytics, Kusto]
  data_families: [Hosts]
  tags: [host]
  aliases:
    - &clause |-
      | where Computer has "{host_name}"
defaults:
  metadata:
    data_source: events
  parameters:
    table:
      description: Table name
      type: str
      default: 'Event'
    start: { description: Query start time, type: datetime }
    end: { description: Query end time, type: datetime }
    add_query_items:
      description: Additional query clauses
      type: str
      default: ''
sources:
  list_events:
    description: Events of a host
    metadata:
      pivot:
        short_name: events
        direct_func_entities: [Host]
    args:
      query: '
        {table}
        | where TimeGenerated between (datetime({start}) .. datetime({end}))
        $<clause>$
        | where EventID in ({ids})
        | where Level {op} "{level}" and Braces == "{{x}}"
        {add_query_items}'
      uri: None
    query_macros:
      clause:
        value: *clause
    parameters:
      host_name:
        description: Name of host
        type: str
        aliases: [hostname, computer]
      ids: { type: list, default: [1, 2] }
      level: { type: int, default: 4 }
      op: { type: str, values: ["==", "!="], default: "==" }
      table:
        default: 'SecurityEvent | where true'
  formatted:
    args:
      query: T | where A == {name} and B > {day} and C in {list}
    parameters:
      name: { type: str, format: "'{}'" }
      day: { type: datetime, format: 'datetime({0:%d.%m.%Y %H})' }
      list: { type: list, format: 'dynamic({})' }
      start: { default: -3 }
      end: { default: 0 }
"#;

fn template(text: &str, name: &str) -> Arc<Template> {
    let file = read_file("hosts.yaml", text);
    assert_eq!(file.mistakes, []);
    file.templates.into_iter().find(|template| *template.name == *name).unwrap()
}

fn render(template: &Template, parameters: &Json) -> Result<Rendered, Vec<String>> {
    let given = Arguments { parameters: parameters.as_object().unwrap(), start: None, end: None, allow_raw: false };
    template.render(given, NOW.parse().unwrap()).map_err(|refusals| refusals.iter().map(ToString::to_string).collect())
}

fn query(template: &Template, parameters: &Json) -> String {
    render(template, parameters).unwrap().query
}

#[test]
fn metadata_and_parameters_are_laid_over_each_other() {
    let template = template(FILE, "list_events");
    assert_eq!(template.environments.iter().map(Environment::name).collect::<Vec<_>>(), ["MSSentinel", "Kusto"]);
    assert_eq!(template.families, ["Hosts".into()]);
    assert_eq!(template.data_source.as_deref(), Some("events"));
    assert_eq!(template.pivot.short_name.as_deref(), Some("events"));
    assert_eq!(template.tables, ["SecurityEvent".into()]);
    assert_eq!(template.entities(), ["Host"]);
    assert_eq!(template.uri, None);
    let table = template.parameter("table").unwrap();
    assert_eq!(table.description.as_deref(), Some("Table name"));
    assert!(table.is_raw);
    assert!(!template.parameter("computer").unwrap().is_raw);
    assert!(!template.parameter("op").unwrap().is_raw);
}

#[test]
fn a_template_is_filled_as_msticpy_fills_it() {
    let rendered = render(&template(FILE, "list_events"), &json!({ "hostname": "web \"1\"", "ids": "a, b" })).unwrap();
    let lines: Vec<_> = rendered.query.split(" | ").collect();
    assert_eq!(
        lines,
        [
            "SecurityEvent",
            "where true",
            "where TimeGenerated between (datetime(2024-05-01T12:00:00Z) .. datetime(2024-05-02T12:00:00Z))",
            "where Computer has \"web \\\"1\\\"\"",
            "where EventID in ('a', 'b')",
            "where Level == \"4\" and Braces == \"{x}\"",
        ]
    );
    let span = rendered.span.unwrap();
    assert_eq!(span.length(), chrono::TimeDelta::days(1));
    assert!(query(&template(FILE, "list_events"), &json!({ "host_name": "x" })).contains("in (1, 2)"));
}

#[test]
fn formats_of_parameters_are_python_s() {
    let query = query(
        &template(FILE, "formatted"),
        &json!({ "name": "it's", "day": "2024-05-01T07:00:00Z", "list": ["a", 1] }),
    );
    assert_eq!(query, "T | where A == 'it\\'s' and B > datetime(01.05.2024 07) and C in dynamic(['a', 1])");
}

#[test]
fn everything_that_is_wrong_with_the_arguments_is_told_at_once() {
    let refusals = render(
        &template(FILE, "list_events"),
        &json!({
            "hots": "x", "level": "high", "op": "<", "start": "soon", "ids": [{}], "add_query_items": "| take 1",
        }),
    )
    .unwrap_err();
    assert_eq!(refusals.len(), 7, "{refusals:#?}");
    let all = refusals.join("\n");
    for part in [
        "no parameter of this name; it has table, start",
        "parameter level takes a whole number (type int)",
        "parameter op takes one of ==, !=",
        "parameter start: not a time",
        "parameter ids takes a list",
        "parameter add_query_items is text of the query itself (raw)",
        "parameter host_name is missing; it takes a text (type str)",
    ] {
        assert!(all.contains(part), "{part}\n{all}");
    }
    assert!(!all.contains("soon") && !all.contains("take 1"), "{all}");
}

#[test]
fn raw_text_needs_permission_and_lists_do_not() {
    let template = template(
        "metadata: { data_environments: [Splunk], data_families: [x] }\nsources:\n  q:\n    args: { query: 'search src={ip} {more}' }\n    parameters:\n      ip: { type: str }\n      more: { type: str, default: '| head 1' }\n",
        "q",
    );
    assert!(render(&template, &json!({ "ip": "10.0.0.1" })).is_err());
    assert_eq!(
        query(&template, &json!({ "ip": ["10.0.0.1"], "more": "| head 1" })),
        "search src=\"10.0.0.1\" | head 1"
    );
    let parameters = json!({ "ip": "a\n\n| delete" });
    let given = Arguments { parameters: parameters.as_object().unwrap(), start: None, end: None, allow_raw: true };
    let rendered = template.render(given, NOW.parse().unwrap()).unwrap();
    assert_eq!(rendered.query, "search src=a\n| delete | head 1");
    assert_eq!(rendered.raw, ["ip".into()]);
}

#[test]
fn times_come_from_the_request_the_parameters_or_the_template() {
    let template = template(FILE, "formatted");
    let parameters = json!({ "name": "x", "day": -1, "list": [] });
    let span = |start: Option<&str>, end: Option<&str>| {
        let read = |text: Option<&str>| text.map(|text| text.parse().unwrap());
        let given = Arguments {
            parameters: parameters.as_object().unwrap(),
            start: read(start),
            end: read(end),
            allow_raw: false,
        };
        template.render(given, NOW.parse().unwrap()).map(|rendered| {
            let span = rendered.span.unwrap();
            (span.start().to_rfc3339(), span.end().to_rfc3339())
        })
    };
    assert_eq!(span(None, None).unwrap(), ("2024-04-29T12:00:00+00:00".into(), "2024-05-02T12:00:00+00:00".into()));
    assert_eq!(
        span(Some("-1d@d"), Some("1mon@mon")).unwrap(),
        ("2024-05-01T00:00:00+00:00".into(), "2024-07-01T00:00:00+00:00".into())
    );
    assert_eq!(span(Some("now"), Some("-1")).unwrap_err()[0].to_string(), "parameter end: end lies before start");
}

#[test]
fn a_document_takes_values_as_they_are() {
    let text = r#"
metadata: { data_environments: [Cybereason], data_families: [Process] }
sources:
  by_pid:
    args:
      query: |-
        { "filters": [ { "facet": "{field}", "values": ["{pid}"] }, { "between": ["{start}", "{end}"] } ],
          "name": "process {field}!" }
    parameters:
      field: { type: str, default: creationTime }
      pid: { type: list }
      start: { type: datetime, default: -7 }
      end: { type: datetime, default: 0 }
"#;
    let template = template(text, "by_pid");
    let filled: Json =
        serde_json::from_str(&query(&template, &json!({ "pid": [4, "x\"}"], "field": "a\"b" }))).unwrap();
    let now = 1_714_651_200_000_i64;
    assert_eq!(
        filled,
        json!({
            "filters": [
                { "facet": "a\"b", "values": [4, "x\"}"] },
                { "between": [now - 7 * 86_400_000, now] },
            ],
            "name": "process a\"b!",
        })
    );
}

#[test]
fn elasticsearch_gets_filters_for_what_its_text_does_not_use() {
    let text = r#"
metadata: { data_environments: [Elastic], data_families: [x] }
sources:
  dsl:
    args: { query: '{ "query": { "bool": { "filter": [ { "term": { "a": "{b}" } } ] } } }' }
    parameters: { b: { type: str }, host: { type: str }, start: { type: datetime }, end: { type: datetime }, add_query_items: { type: str, default: '' } }
  esql:
    args: { query: 'FROM logs | WHERE host == "{host}" AND @timestamp > "{start}"' }
    parameters: { host: { type: str }, start: { type: datetime } }
"#;
    let filled: Json = serde_json::from_str(&query(&template(text, "dsl"), &json!({ "b": "1", "host": "h" }))).unwrap();
    assert_eq!(
        filled["query"]["bool"]["filter"],
        json!([
            { "term": { "a": "1" } },
            { "range": { "@timestamp": {
                "gte": "2024-05-01T12:00:00Z", "lte": "2024-05-02T12:00:00Z", "format": "strict_date_optional_time",
            } } },
            { "match_phrase": { "host": "h" } },
        ])
    );
    let esql = template(text, "esql");
    assert_eq!(esql.dialect, Dialect::EsQl);
    assert_eq!(
        query(&esql, &json!({ "host": "a\"" })),
        "FROM logs | WHERE host == \"a\\\"\" AND @timestamp > \"2024-05-01T12:00:00Z\""
    );
}

#[test]
fn one_bad_query_does_not_take_the_others_down() {
    let text = "\
metadata:
  data_environments: [Kusto]
  data_families: [x]
sources:
  good:
    args: { query: T }
  no_args:
    description: nothing
  undeclared:
    args:
      query: |-
        T
        | where a == \"{missing}\"
  braces:
    args: { query: 'T | where { a' }
  typeless:
    args: { query: 'T {a}' }
    parameters:
      a: { description: x }
  bad_time:
    args: { query: 'T {a}' }
    parameters:
      a: { type: datetime, default: soon }
  bad_format:
    args: { query: 'T {a}' }
    parameters:
      a: { type: str, format: '{!r}' }
";
    let file = read_file("x.yaml", text);
    assert_eq!(file.templates.iter().map(|template| &*template.name).collect::<Vec<_>>(), ["good"]);
    assert_eq!(file.declared, 7);
    let mistakes: Vec<_> = file.mistakes.iter().map(ToString::to_string).collect();
    assert_eq!(
        mistakes,
        [
            "x.yaml line 7: sources.no_args.args: missing; it holds the query",
            "x.yaml line 13: sources.undeclared.args.query: the query uses a parameter missing that is not declared",
            "x.yaml line 15: sources.braces.args.query: a brace stands alone; a brace that is meant as such is written twice",
            "x.yaml line 19: sources.typeless.parameters.a.type: missing; it is such as str, int, datetime or list",
            "x.yaml line 23: sources.bad_time.parameters.a.default: must be a time: RFC 3339, a number of days from now, or \
             relative text such as -6h",
            "x.yaml line 25: sources.bad_format.args.query: the format of parameter a is not supported; allowed are text \
             around {}, and times like {:%Y-%m-%d}",
        ]
    );
}

#[test]
fn a_file_without_a_frame_is_told_as_a_whole() {
    for (text, what) in [
        ("", "the file is empty"),
        ("[1]", "not a map"),
        ("sources: { a: { args: { query: T } } }", "metadata: missing"),
        (
            "metadata: { data_environments: [], data_families: [x] }\nsources: { a: 1 }",
            "data_environments: must be a list",
        ),
        ("metadata: { data_environments: [x], data_families: [x] }", "sources: missing"),
        ("metadata: { data_environments: [x], data_families: [x] }\nsources: {}", "sources: must be a map"),
        ("metadata: { data_environments: [x", "not valid YAML"),
    ] {
        let file = read_file("x.yaml", text);
        assert!(file.templates.is_empty());
        assert!(file.mistakes.iter().any(|mistake| mistake.to_string().contains(what)), "{what}: {:?}", file.mistakes);
    }
}

#[test]
fn a_literal_that_does_not_end_makes_everything_raw() {
    let text = "metadata: { data_environments: [Splunk], data_families: [x] }\nsources: { q: { args: { query: 'search \"{a}\" x=\"' }, parameters: { a: { type: str } } } }";
    assert!(template(text, "q").parameter("a").unwrap().is_raw);
}

#[test]
fn lines_within_values_stay() {
    let text = "metadata: { data_environments: [PostgreSQL], data_families: [x] }\nsources: { q: { args: { query: \"SELECT 1\\n{more}\\nWHERE a = '{a}'\" }, parameters: { a: { type: str }, more: { type: str, default: '' } } } }";
    assert_eq!(query(&template(text, "q"), &json!({ "a": "x\n\n  \ny" })), "SELECT 1\nWHERE a = 'x\n\n  \ny'");
}

#[test]
fn a_small_file_cannot_become_a_large_catalogue() {
    let parameters: String = (0..1_000).map(|at| format!("    p{at}: {{ type: str }}\n")).collect();
    let queries: String = (0..1_000).map(|at| format!("  q{at}: {{ args: {{ query: T }} }}\n")).collect();
    let head = "metadata: { data_environments: [Kusto], data_families: [x] }\n";
    let file = read_file("x.yaml", &format!("{head}defaults:\n  parameters:\n{parameters}sources:\n{queries}"));
    assert!(file.templates.len() < 200, "{}", file.templates.len());
    assert!(file.mistakes[0].what.contains("values together"), "{:?}", file.mistakes);

    let uses = "$<m>$".repeat(1_000);
    let long = "x".repeat(1_000);
    let text = format!(
        "{head}sources:\n  q:\n    args: {{ query: '{uses}' }}\n    query_macros: {{ m: {{ value: {long} }} }}\n"
    );
    assert!(read_file("x.yaml", &text).mistakes[0].what.contains("longer than"));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn no_file_is_able_to_break_it(at in 0.0..1.0_f64, cut in 0_usize..400, put in "[-a:{}\\[\\]'\"\n $<>|&*!]{0,8}") {
        let (_, text) = crate::PACK.iter().find(|(name, _)| name.ends_with("linux_syslog.yaml")).unwrap();
        let boundary = |mut at: usize| {
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let from = boundary((text.len() as f64 * at) as usize);
        let to = boundary((from + cut).min(text.len()));
        let file = read_file("x.yaml", &format!("{}{put}{}", &text[..from], &text[to..]));
        for template in &file.templates {
            let _ = render(template, &json!({ "host_name": "a", "start": "-1d" }));
        }
    }
}
