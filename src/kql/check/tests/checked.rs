//! What the checked tree says of queries that are right.

use std::{collections::BTreeMap, sync::Arc};

use super::{columns, outputs, outputs_of, schema, tables};
use crate::{
    Checked, Context, Literal, check,
    checked::{Expr, ExprKind, JoinKind, Operator, PathStep, Source, Table},
    parse,
    tree::BinaryOperator,
};

fn table(query: &str) -> Table {
    match outputs(query) {
        Ok(mut outputs) => outputs.remove(0).table,
        Err(mistakes) => panic!("{query}: {mistakes}"),
    }
}

/// The only value of `print`.
fn printed(query: &str) -> Expr {
    match table(query).source {
        Source::Rows(mut rows) => rows.remove(0).remove(0),
        other => panic!("{query}: {other:?}"),
    }
}

/// The last expression of the only `project`.
fn last_expr(query: &str) -> Expr {
    match table(query).steps.pop().map(|step| step.operator) {
        Some(Operator::Project(mut exprs)) => exprs.pop().expect("an expression"),
        other => panic!("{query}: {other:?}"),
    }
}

#[test]
fn all_that_makes_columns_is_project() {
    for query in [
        "T | extend x = 1",
        "T | project-away a",
        "T | project-keep a",
        "T | project-rename x = a",
        "T | project-reorder t",
        "T | project a",
    ] {
        let table = table(query);
        assert!(matches!(table.steps.as_slice(), [step] if matches!(step.operator, Operator::Project(_))), "{query}");
    }
    // What changes nothing is nothing.
    assert!(table("T | project-reorder a, b | extend a = a").steps.is_empty());
}

#[test]
fn values_take_the_place_of_names() {
    assert_eq!(printed("let x = 5; let y = x; print y").literal(), Some(&Literal::Long(5)));
    assert_eq!(printed("let f = (x:long = 7) { let y = x; y }; print f()").literal(), Some(&Literal::Long(7)));
    assert_eq!(printed("let f = (x:real) { x }; print f(2)").literal(), Some(&Literal::Real(2.0)));
    let sum = last_expr("let add = (x:long, y:long) { x + y }; T | project add(b, y=1)");
    let ExprKind::Binary { operator: BinaryOperator::Add, left, right } = sum.kind else { panic!("{sum:?}") };
    assert_eq!((left.kind, right.kind), (ExprKind::Column(1), ExprKind::Literal(Literal::Long(1))));
    // A column goes before a variable of its name.
    assert_eq!(last_expr("let b = 5; T | project x = b + 1").column_type, model::ColumnType::Long);
    let kind = last_expr("let a = 5; T | project x = strlen(a)").kind;
    assert!(matches!(kind, ExprKind::Call { arguments, .. } if arguments[0].kind == ExprKind::Column(0)));
}

#[test]
fn parameters_of_the_query_are_bound_not_pasted() {
    let bound = |text: &str, value: Literal| {
        let parameters = BTreeMap::from([("p".into(), value)]);
        let query = format!("declare query_parameters({text}); T | where a == tostring(p)");
        outputs_of(&query, &tables(), &[], &parameters).map(|_| ())
    };
    assert!(bound("p:string", Literal::String("'; drop".into())).is_ok());
    assert!(bound("p:datetime", Literal::String("2024-01-01".into())).is_ok());
    assert!(bound("p:datetime", Literal::String("yesterday".into())).is_err());
    assert!(bound("p:long = 5", Literal::String("7".into())).is_ok());
    let printed = |value: Literal| {
        let parameters = BTreeMap::from([("p".into(), value)]);
        let query = "declare query_parameters(p:datetime = datetime(2020-01-01)); print p";
        let table = outputs_of(query, &tables(), &[], &parameters).expect("a result").remove(0).table;
        match table.source {
            Source::Rows(rows) => rows[0][0].literal().cloned(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(printed(Literal::String("1970-01-02".into())), Some(Literal::Datetime(864_000_000_000)));
}

#[test]
fn tables_and_functions_of_tables_are_put_in_their_places() {
    assert_eq!(columns("let f = (tab:(a:string)) { tab | summarize n = count() by a }; f(T)"), "a:string, n:long");
    assert_eq!(
        columns("let f = (tab:(*), k:long) { tab | extend k }; T | project a | invoke f(5)"),
        "a:string, k:long"
    );
    assert_eq!(columns("let f = () { T | project a }; f | take 1"), "a:string");
    assert_eq!(columns("let v = view () { print only = 1 }; search 1 == 1 | project only"), "only:long");
    assert_eq!(columns("database('x').T | project a"), "a:string");
    assert_eq!(columns("cluster('c').database('x').table('U') | project x"), "x:long");
    assert_eq!(columns("let n = 'U'; table(n) | project x"), "x:long");
    assert_eq!(columns("workspace('w').U | project x"), "x:long");
    let query = "declare pattern p = (k:string)[part:string] { ('x').['y'] = { print k=k, n=1 }; }; p('x').y";
    assert_eq!(columns(query), "k:string, n:long");
}

#[test]
fn a_materialized_table_is_the_same_wherever_it_is_used() {
    let table = table("let m = materialize(T | take 5); m | join m on a");
    let Source::Shared(left) = &table.source else { panic!("{:?}", table.source) };
    let Operator::Join(join) = &table.steps[0].operator else { panic!() };
    let Source::Shared(right) = &join.right.source else { panic!() };
    assert_eq!(left.id, right.id);
    assert_eq!(join.kind, JoinKind::InnerUnique);
}

#[test]
fn types_are_brought_together() {
    let is_cast = |expr: &Expr| matches!(expr.kind, ExprKind::Cast(_));
    let compared = |query: &str| match last_expr(query).kind {
        ExprKind::Binary { left, right, .. } => (*left, *right),
        other => panic!("{other:?}"),
    };
    let (left, right) = compared("T | project x = i == b");
    assert!(is_cast(&left) && !is_cast(&right));
    let (left, right) = compared("T | project x = c > 5");
    assert!(!is_cast(&left) && right.literal() == Some(&Literal::Real(5.0)));
    let (left, right) = compared("T | project x = d.k == 'v'");
    assert!(is_cast(&left) && !is_cast(&right));
    let (left, _) = compared("T | project x = a == 5");
    assert_eq!(left.column_type, model::ColumnType::Long);
    let (left, right) = compared("T | project x = t - 1h");
    assert!(!is_cast(&left) && !is_cast(&right));
    let (left, _) = compared("T | project x = d has 'v'");
    assert_eq!(left.column_type, model::ColumnType::String);
}

#[test]
fn paths_are_flat() {
    let ExprKind::Path { of, steps } = last_expr("T | project x = d.k[0]['m n'][b][-1]").kind else { panic!() };
    assert_eq!(of.kind, ExprKind::Column(3));
    assert!(matches!(
        steps.as_slice(),
        [PathStep::Member(_), PathStep::Element(0), PathStep::Member(_), PathStep::Value(_), PathStep::Element(-1)]
            | [PathStep::Member(_), PathStep::Element(0), PathStep::Member(_), PathStep::Value(_), PathStep::Value(_)]
    ));
}

#[test]
fn aggregates_with_conditions_are_aggregates_of_some_rows() {
    let table = table("T | summarize sumif(b, o), countif(o), make_set_if(a, o, 5)");
    let Operator::Summarize { aggregates, by } = &table.steps[0].operator else { panic!() };
    assert!(by.is_empty());
    let names: Vec<_> = aggregates.iter().map(|aggregate| (aggregate.name(), aggregate.filter.is_some())).collect();
    assert_eq!(names, [("sum", true), ("count", true), ("make_set", true)]);
    assert_eq!(aggregates[2].arguments.len(), 2);
}

#[test]
fn what_is_made_of_aggregates_stands_above_them() {
    let table = table("T | summarize n = round(avg(c), 2), m = max(b) - min(b) by a");
    let [first, second] = table.steps.as_slice() else { panic!("{:?}", table.steps) };
    let Operator::Summarize { aggregates, .. } = &first.operator else { panic!() };
    assert_eq!(aggregates.iter().map(crate::checked::Aggregate::name).collect::<Vec<_>>(), ["avg", "max", "min"]);
    assert!(matches!(second.operator, Operator::Project(_)));
}

#[test]
fn search_looks_in_every_column_of_every_table() {
    let table = table("search in (T, U) 'x' and y == 'z'");
    let Source::Union(members) = &table.source else { panic!("{:?}", table.source) };
    assert_eq!(members.len(), 2);
    let Operator::Filter(condition) = &members[0].steps[0].operator else { panic!() };
    // What the table has not is null there.
    assert!(matches!(&condition.kind, ExprKind::And(parts) if matches!(parts[0].kind, ExprKind::AnyColumn { .. })));
}

#[test]
fn columns_that_depend_on_rows_are_asked_for_and_then_known() {
    let query = "T | evaluate bag_unpack(d) | where name == 'x' | evaluate pivot(name)";
    let tables = tables();
    let mut discovered = Vec::new();
    let mut asked = Vec::new();
    let outputs = loop {
        let parameters = BTreeMap::new();
        let context = Context {
            catalogue: &tables,
            functions: crate::Functions::NONE,
            parameters: &parameters,
            discovered: &discovered,
        };
        match check(&parse(query).expect("a query"), &context).expect("no mistake") {
            Checked::Ready(outputs) => break outputs,
            Checked::Discover(evaluate) => {
                asked.push(evaluate.input.expect("the rows").schema().len());
                discovered.push(if asked.len() == 1 { schema("name:string,n:long") } else { schema("n:long,x:long") });
            }
        }
    };
    assert_eq!(asked, [10, 2]);
    assert_eq!(super::described(outputs[0].table.schema()), "n:long, x:long");
    assert_eq!(columns("T | evaluate bag_unpack(d) : (*, k:long) | project k, a"), "k:long, a:string");
}

#[test]
fn several_results_and_hints_are_kept() {
    let outputs = outputs("T | take 1; U | count | render piechart with (title='x')").expect("results");
    assert_eq!(outputs.len(), 2);
    assert!(outputs[0].render.is_none());
    assert_eq!(outputs[1].render.as_ref().map(|render| &*render.chart), Some("piechart"));
    let forked = super::outputs("T | fork first = (count) (take 5)").expect("results");
    let names: Vec<Option<Arc<str>>> = forked.into_iter().map(|output| output.name).collect();
    assert_eq!(names, [Some("first".into()), None]);
    assert!(super::outputs("let x = 1;").expect("no mistake").is_empty());
}

#[test]
fn a_wildcard_means_all_tables_that_are_alike() {
    let Source::Union(members) = table("union withsource=s *").source else { panic!() };
    assert_eq!(members.len(), 3);
    assert_eq!(columns("union U* | project x"), "x:long");
    assert_eq!(columns("union isfuzzy=true U, Nosuch | project x"), "x:long");
}
