//! Pipelines as they are written, and what is said of them before they run.

use model::{Rows, table::JoinKind};
use proptest::prelude::*;
use serde_json::json;

use super::{
    super::{Pivots, addresses, names, texts},
    step::{Action, Step},
    *,
};
use crate::{settings::TemplateSettings, templates::Catalogue};

/// Every function that needs neither providers nor sources.
fn pivots() -> Pivots {
    let functions = addresses::functions().into_iter().chain(names::functions()).chain(texts::functions());
    Pivots { functions: functions.map(std::sync::Arc::new).collect() }
}

/// Operations that know one parameter, `known`.
struct Few;

impl Operations for Few {
    fn check(&self, _: &str, parameters: &Map<String, Value>) -> Vec<Mistake> {
        let unknown = parameters.keys().filter(|name| *name != "known");
        unknown.map(|name| Mistake { pointer: format!("/{name}"), what: "unknown".into() }).collect()
    }

    fn check_plot(&self, _: Kind, options: &Map<String, Value>) -> Vec<Mistake> {
        self.check("", options)
    }

    fn operate<'a>(
        &'a self,
        _: &'a str,
        _: &'a Map<String, Value>,
        table: Table,
    ) -> BoxFuture<'a, Result<Table, String>> {
        Box::pin(async move { Ok(table) })
    }

    fn draw<'a>(&'a self, _: Kind, _: &'a Map<String, Value>, _: Table) -> BoxFuture<'a, Result<Drawing, String>> {
        Box::pin(async { Err("nothing is drawn here".to_owned()) })
    }
}

fn table(rows: Value) -> Table {
    serde_json::from_value::<Rows>(rows).unwrap().into_table(None).unwrap()
}

fn planned(steps: &Value, rows: Option<Value>) -> Result<Vec<Planned>, Vec<Mistake>> {
    let shelf = Catalogue::load(&TemplateSettings::default()).shelf();
    let pivots = pivots();
    let means = Means { pivots: &pivots, templates: &shelf, operations: &Few };
    plan(steps.as_array().unwrap(), rows.map(table), means)
}

/// What is wrong with steps that get a table with an address in `ip`.
fn mistakes(steps: &Value) -> Vec<(String, String)> {
    let mistakes = planned(steps, Some(json!([{ "ip": "8.8.8.8", "n": 1 }]))).err().unwrap_or_default();
    mistakes.into_iter().map(|mistake| (mistake.pointer, mistake.what)).collect()
}

fn step(raw: &Value) -> Step {
    Step::read(0, raw).unwrap()
}

/// As MSTICPy's documentation writes it, with a plot and a display.
const MSTICPY: &str = r"
pipelines:
  triage:
    description: Whose addresses
    steps:
      - name: whose
        step_type: pivot
        function: util.whois
        entity: IpAddress
        comment: Standard pivot function
        pos_params: []
        params:
          column: IpAddress
          join: inner
      - name: shown
        step_type: pivot_display
        comment: Pivot display
        params:
          title: The title
          cols: [Computer, Account]
          query: Computer.str.startswith('MSTICAlerts')
          head: 10
      - name: kept
        step_type: pivot_tee
        params: { var_name: var_df, clobber: True }
      - name: drawn
        step_type: pivot_tee_exec
        function: mp_timeline.plot
        params: { source_columns: [Computer, Account] }
      - name: fewer
        step_type: pd_accessor
        function: mp_pivot.filter_cols
        pos_params: ['*Ip*']
";

#[test]
fn msticpys_own_yaml_is_understood() {
    let all = read_yaml(MSTICPY).unwrap();
    let [(name, document)] = all.as_slice() else { panic!("one pipeline") };
    assert_eq!((name.as_str(), document.description.as_deref()), ("triage", Some("Whose addresses")));
    let steps: Vec<Step> = document.steps.iter().enumerate().map(|(at, raw)| Step::read(at, raw).unwrap()).collect();
    let kinds: Vec<_> = steps.iter().map(|step| step.kind.as_str()).collect();
    assert_eq!(kinds, ["pivot", "display", "tee", "plot", "filter_columns"]);
    let Action::Pivot(pivot) = &steps[0].action else { panic!("a pivot") };
    assert_eq!((pivot.container.as_str(), pivot.function.as_str()), ("util", "whois"));
    assert_eq!(pivot.column.as_deref(), Some("IpAddress"));
    assert_eq!(pivot.join.as_ref().map(|join| join.kind), Some(JoinKind::Inner));
    assert!(pivot.parameters.is_empty());
    let Action::Keep { table, steps: shown, .. } = &steps[1].action else { panic!("a display") };
    assert_eq!((table.as_str(), shown.len()), ("The title", 2));
    assert!(steps[1].note.as_ref().unwrap().contains("pandas"));
    assert!(matches!(&steps[2].action, Action::Keep { table, overwrites: true, .. } if table == "var_df"));
    assert!(matches!(&steps[3].action, Action::Plot { kind: Kind::Timeline, options } if options.len() == 1));
}

#[test]
fn the_wrapper_may_be_missing_as_msticpy_writes_it() {
    let single = "p1:\n  description: null\n  steps:\n  - {name: a, step_type: pivot_tee, function: null, entity: null, \
                  comment: null, pos_params: [x], params: {}}\n";
    let all = read_yaml(single).unwrap();
    let step = Step::read(0, &all[0].1.steps[0]).unwrap();
    assert!(matches!(&step.action, Action::Keep { table, .. } if table == "x"));
}

#[test]
fn both_spellings_of_types_and_json_mean_the_same() {
    for (one, other) in [
        (
            json!({ "step_type": "pivot_tee", "params": { "var_name": "t" } }),
            json!({ "type": "tee", "parameters": { "table": "t" } }),
        ),
        (
            json!({ "step_type": "tee_exec", "name": "s", "function": "mp_pivot.sort", "params": { "cols": "a" } }),
            json!({ "step_type": "pivot_tee_exec", "name": "s", "function": "mp_pivot.sort", "pos_params": ["a"] }),
        ),
        (
            json!({ "step_type": "pd_accessor", "function": "mp_pivot.tee_exec", "params": { "df_func": "mp_plot.matrix", "x_col": "a" } }),
            json!({ "type": "plot", "function": "matrix", "parameters": { "x": "a" } }),
        ),
        (
            json!({ "step_type": "pd_accessor", "function": "mp_pivot.run",
                "params": { "func": "IpAddress.util.whois", "input_col": "a", "join": "left", "verbose": true } }),
            json!({ "type": "pivot", "entity": "ip", "container": "util", "function": "whois", "column": "a", "join": "left" }),
        ),
        (
            json!({ "step_type": "pd_accessor", "function": "mp_pivot.dict_to_dataframe", "pos_params": ["a"] }),
            json!({ "type": "dict_to_columns", "parameters": { "column": "a", "alone": true } }),
        ),
        (
            json!({ "step_type": "pd_accessor", "function": "sort_values", "params": { "by": ["a", "b"], "ascending": false } }),
            json!({ "type": "sort", "parameters": { "columns": ["a", "b"], "ascending": false } }),
        ),
        (
            json!({ "step_type": "pd_accessor", "function": "mp.ioc_extract", "params": { "columns": "a" } }),
            json!({ "type": "operation", "function": "iocs/extract", "parameters": { "column": "a" } }),
        ),
        (
            json!({ "type": "filter", "pos_params": ["x", true] }),
            json!({ "type": "filter", "params": { "expr": "x", "match_case": true } }),
        ),
    ] {
        assert_eq!(format!("{:?}", step(&one).action), format!("{:?}", step(&other).action), "{one}");
    }
}

#[test]
fn everything_wrong_is_told_at_once_and_at_its_place() {
    let steps = json!([
        { "type": "pivto", "function": "x" },
        { "type": "pivot", "function": "util.whois" },
        { "type": "pivot", "entity": "spaceship", "function": "util.whois" },
        { "type": "pivot", "entity": "ip", "function": "whois" },
        { "type": "pivot", "entity": "ip", "function": "util.whoami" },
        { "type": "pivot", "entity": "ip", "function": "util.whois", "left_on": "a" },
        { "type": "pivot", "entity": "ip", "function": "util.whois", "join": "left", "right_on": "a" },
        { "type": "pivot", "entity": "ip", "function": "util.whois", "join": "sideways" },
        { "type": "sort", "parameters": { "columns": 7 } },
        { "type": "head", "params": { "rows": 7 } },
        { "type": "head", "column": "a" },
        { "type": "head", "colour": "red" },
        { "step_type": "pd_accessor", "function": "mp_pivot.fliter" },
        { "step_type": "pd_accessor", "function": "mp_plot.timeline", "pos_params": [1] },
        { "type": "plot", "function": "timelin" },
        { "type": "plot", "function": "timeline", "parameters": { "colour": 1 } },
        { "type": "operation", "function": "mask", "parameters": { "unknown": 1 } },
        { "type": "operation", "function": "iocs/extract", "parameters": { "kind": 1 } },
        { "type": "query", "function": "list_host_logons" },
        { "type": "query", "function": "MSSentinel/WindowsSecurity/list_host_logon" },
        { "type": "query", "function": "MSSentinel/WindowsSecurity/list_host_logons", "parameters": { "hostname": "x" } },
        { "type": "tee", "parameters": {} },
        { "type": "head", "input": "early" },
        { "type": "tee", "parameters": { "table": "early" } },
        { "type": "tee", "parameters": { "table": "early" } },
        { "name": "no type" },
    ]);
    let told = mistakes(&steps);
    let pointers: Vec<_> = told.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(
        pointers,
        [
            "/steps/0/type",
            "/steps/1/entity",
            "/steps/2/entity",
            "/steps/3/container",
            "/steps/4/function",
            "/steps/5/join",
            "/steps/6/left_on",
            "/steps/7/join",
            "/steps/8/parameters/columns",
            "/steps/9/params/rows",
            "/steps/10/column",
            "/steps/11/colour",
            "/steps/12/function",
            "/steps/13/pos_params/0",
            "/steps/14/function",
            "/steps/15/parameters/colour",
            "/steps/16/parameters/unknown",
            "/steps/17/parameters/kind",
            "/steps/18/function",
            "/steps/19/function",
            "/steps/20/parameters/hostname",
            "/steps/21/parameters/table",
            "/steps/22/input",
            "/steps/24/parameters",
            "/steps/25/type",
        ]
    );
    let what = |index: usize| told[index].1.as_str();
    assert!(what(0).contains("near to it is pivot"), "{}", what(0));
    assert!(what(4).contains("util/whois"), "{}", what(4));
    assert!(what(12).contains("near to it is mp_pivot.filter"), "{}", what(12));
    assert!(what(19).contains("near to it is MSSentinel/WindowsSecurity/list_host_logons"), "{}", what(19));
    assert!(what(20).contains("near to it is host_name"), "{}", what(20));
}

#[test]
fn columns_are_followed_from_step_to_step() {
    let ip_type =
        json!({ "type": "pivot", "entity": "ip", "function": "util.ip_type", "column": "ip", "join": "left" });
    for (steps, pointers) in [
        (
            json!([{ "type": "sort", "parameters": { "columns": ["n", "none"] } }]),
            json!(["/steps/0/parameters/columns/1"]),
        ),
        (
            json!([{ "type": "pivot", "entity": "ip", "function": "util.ip_type", "column": "i" }]),
            json!(["/steps/0/column"]),
        ),
        (json!([{ "type": "pivot", "entity": "ip", "function": "util.ip_type" }]), json!(["/steps/0/column"])),
        (
            json!([{ "type": "pivot", "entity": "ip", "function": "util.ip_type", "column": "ip", "join": "left",
                "left_on": "m", "right_on": "value" }]),
            json!(["/steps/0/left_on"]),
        ),
        (json!([ip_type, { "type": "filter", "parameters": { "column": "ip_type", "value": "public" } }]), json!([])),
        (
            json!([ip_type, { "type": "filter", "parameters": { "column": "iptype", "value": "public" } }]),
            json!(["/steps/1/parameters/column"]),
        ),
        (json!([{ "type": "filter_columns", "parameters": { "columns": "n" } }, ip_type]), json!(["/steps/1/column"])),
        (
            json!([{ "type": "tee", "parameters": { "table": "all" } }, { "type": "filter_columns", "parameters": { "columns": "n" } },
                { "type": "head", "input": "all" }, ip_type]),
            json!([]),
        ),
        // What a query, or a step that may fail, leaves is not known.
        (
            json!([{ "type": "query", "function": "MSSentinel/WindowsSecurity/list_host_logons", "parameters": { "host_name": "x" } },
                { "type": "filter_columns", "parameters": { "columns": "anything" } }]),
            json!([]),
        ),
        (
            json!([{ "type": "query", "function": "MSSentinel/WindowsSecurity/list_host_logons",
                "parameters": { "host_name": { "column": "m" } } }]),
            json!(["/steps/0/parameters/host_name/column"]),
        ),
        (
            json!([{ "type": "filter", "parameters": { "column": "n", "op": "gt", "value": "many" } }]),
            json!(["/steps/0/parameters/value"]),
        ),
    ] {
        let told: Vec<_> = mistakes(&steps).into_iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(json!(told), pointers, "{steps}");
    }
    // Nothing is known of a table that is not there.
    assert!(planned(&json!([{ "type": "sort", "parameters": { "columns": "none" } }]), None).is_ok());
}

#[test]
fn a_pivot_of_a_query_takes_its_column_as_msticpy_gives_it() {
    let all = planned(
        &json!([{ "type": "pivot", "entity": "ip", "function": "util.ip_type", "params": { "column": "ip" } }]),
        None,
    );
    let all = all.unwrap();
    let plan::Target::Pivot { column, parameters, .. } = &all[0].target else { panic!("a pivot") };
    assert_eq!((column.as_str(), parameters.len()), ("ip", 0));
    assert!(!all[0].queries() && !all[0].draws());
}

#[test]
fn pipelines_are_of_some_length() {
    for steps in [json!([]), json!(vec![json!({ "type": "head" }); 51])] {
        assert_eq!(mistakes(&steps)[0].0, "/steps");
    }
}

#[test]
fn a_text_that_stands_for_much_more_is_refused() {
    let lines =
        (1..12).map(|level| format!("l{level}: &l{level} [{}]", vec![format!("*l{}", level - 1); 10].join(", ")));
    let text = format!("l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n{}\n", lines.collect::<Vec<_>>().join("\n"));
    assert!(read_yaml(&text).unwrap_err().what.contains("YAML"));
}

#[test]
fn texts_that_are_no_pipelines_are_told() {
    for (text, pointer) in [
        ("a: [", ""),
        ("- a", ""),
        ("pipelines: 7", "/pipelines"),
        ("pipelines: {}\nmore: {}", "/pipelines"),
        ("pipelines: { a/b: { stpes: [] } }", "/pipelines/a~1b/stpes"),
        ("a: { description: x }", "/a/steps"),
        ("a: { steps: [], parameters: { p: { defualt: 1 } } }", "/a/parameters/p/defualt"),
    ] {
        let mistake = read_yaml(text).unwrap_err();
        assert_eq!(mistake.pointer, pointer, "{text}: {}", mistake.what);
    }
}

#[test]
fn every_shipped_pipeline_is_understood() {
    let names: Vec<String> = Pipelines::load(&[]).iter().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(names, ["host_triage", "ip_triage", "suspicious_sign_ins"]);
}

proptest! {
    #[test]
    fn no_document_makes_the_reader_panic(text in "[-a:{}\\[\\],${}\n &*!|#%'\"]{0,60}") {
        let _ = read_yaml(&text);
    }

    #[test]
    fn no_step_makes_the_reader_panic(
        kind in prop::sample::select(vec!["pivot", "query", "operation", "plot", "tee", "display", "pd_accessor", "tee_exec", "filter"]),
        function in "[a-z_./]{0,8}",
        place in prop::collection::vec(0..3_i64, 0..3),
    ) {
        let raw = json!({ "type": kind, "function": function, "pos_params": place, "parameters": { "columns": "x", "column": 1 } });
        let _ = Step::read(0, &raw);
    }
}
