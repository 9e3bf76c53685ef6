//! `evaluate`: plugins, what they take, and which columns they give.

use std::sync::Arc;

use model::ColumnType::{Datetime, Dynamic, Long, Real, String, Timespan};

use super::{
    Checker, Done,
    activity::{activity_columns, rolling_columns},
    call::plain_column,
    names::Columns,
    row::Env,
    scope::Scope,
    text::fixed,
};
use crate::{
    checked::{self, Argument, Column, Plugin, Schema, Table},
    function,
    mistake::{What, Wrong},
    operator::Evaluate,
    place::Span,
    tree::{ExprKind, Named},
};

/// Plugins that are known, by their names.
const PLUGINS: [(&str, Plugin); 23] = [
    ("active_users_count", Plugin::ActiveUsersCount),
    ("activity_counts_metrics", Plugin::ActivityCountsMetrics),
    ("activity_engagement", Plugin::ActivityEngagement),
    ("activity_metrics", Plugin::ActivityMetrics),
    ("autocluster", Plugin::Autocluster),
    ("bag_unpack", Plugin::BagUnpack),
    ("basket", Plugin::Basket),
    ("dcount_intersect", Plugin::DcountIntersect),
    ("diffpatterns", Plugin::Diffpatterns),
    ("geo_line_lookup", Plugin::GeoLineLookup),
    ("geo_polygon_lookup", Plugin::GeoPolygonLookup),
    ("ipv4_lookup", Plugin::Ipv4Lookup),
    ("ipv6_lookup", Plugin::Ipv6Lookup),
    ("narrow", Plugin::Narrow),
    ("new_activity_metrics", Plugin::NewActivityMetrics),
    ("pivot", Plugin::Pivot),
    ("preview", Plugin::Preview),
    ("rolling_percentile", Plugin::RollingPercentile),
    ("rows_near", Plugin::RowsNear),
    ("schema_merge", Plugin::SchemaMerge),
    ("sequence_detect", Plugin::SequenceDetect),
    ("session_count", Plugin::SessionCount),
    ("sliding_window_counts", Plugin::SlidingWindowCounts),
];

/// Plugins of Kusto that reach out of the query, or that nobody uses on security logs.
const OTHERS: [&str; 12] = [
    "ai_chat_completion",
    "ai_embeddings",
    "cosmosdb_sql_request",
    "funnel_sequence",
    "funnel_sequence_completion",
    "http_request",
    "http_request_post",
    "infer_storage_schema",
    "mysql_request",
    "python",
    "r",
    "sql_request",
];

impl<'t> Checker<'_, 't> {
    pub(super) fn evaluate(
        &mut self,
        evaluate: &'t Evaluate,
        table: Table,
        scope: &Scope<'t>,
        span: Span,
    ) -> Done<Table> {
        let name = &evaluate.plugin;
        let Some((_, plugin)) = PLUGINS.iter().find(|(known, _)| *known == &*name.text) else {
            if OTHERS.contains(&&*name.text) {
                return Err(Wrong::unsupported(format!("the plugin {}", name.text), name.span));
            }
            let known = PLUGINS.iter().map(|(known, _)| *known);
            return Err(Wrong::new(What::UnknownPlugin, name.span).near(&name.text, known));
        };
        let plugin = *plugin;
        let schema = table.schema().clone();
        let row = self.next_row();
        let env = Env::of(scope, &schema, row);
        let mut arguments: Vec<Argument> = Vec::new();
        let mut named = Vec::new();
        for (place, argument) in evaluate.arguments.iter().enumerate() {
            let value = self.plugin_argument(plugin, place, argument, &arguments, env)?;
            match argument.names.first() {
                // The steps of a sequence have names, and their order counts.
                Some(name) if plugin != Plugin::SequenceDetect => named.push((name.text.clone(), value)),
                Some(name) => {
                    named.push((name.text.clone(), value.clone()));
                    arguments.push(value);
                }
                None => arguments.push(value),
            }
        }
        let mut made = checked::Evaluate { plugin, arguments, named, input: None };
        let columns = match &evaluate.schema {
            Some(declared) => {
                let mut columns = Columns::default();
                if declared.star {
                    for place in passed(&made, schema.len()) {
                        if let Some(column) = schema.get(place) {
                            columns.add_unique(&column.name, column.column_type);
                        }
                    }
                }
                for column in &declared.columns {
                    columns.put(&column.name.text, column.column_type);
                }
                columns.into_schema()
            }
            None => match self.plugin_columns(&made, &evaluate.arguments, &schema, span)? {
                Some(columns) => columns,
                None => match self.context.discovered.get(self.discoveries) {
                    Some(columns) => {
                        self.discoveries += 1;
                        columns.clone()
                    }
                    None => {
                        made.input = Some(table);
                        self.pending = Some(Box::new(made));
                        return Err(Wrong::new(What::Told, span));
                    }
                },
            },
        };
        Ok(table.then(checked::Operator::Evaluate(Box::new(made)), columns, span))
    }

    fn plugin_argument(
        &mut self,
        plugin: Plugin,
        place: usize,
        argument: &'t Named,
        before: &[Argument],
        env: Env<'_, 't>,
    ) -> Done<Argument> {
        let span = argument.expr.span;
        let is_shape_lookup = matches!(plugin, Plugin::GeoLineLookup | Plugin::GeoPolygonLookup);
        let is_lookup = is_shape_lookup || matches!(plugin, Plugin::Ipv4Lookup | Plugin::Ipv6Lookup);
        if is_lookup && place == 0 {
            return self.table(&argument.expr, Env::constant(env.scope)).map(Argument::Table);
        }
        // The column of shapes may stand before or behind the place that is looked up.
        if let (ExprKind::Name(name), Some(Argument::Table(table))) = (&argument.expr.kind, before.first())
            && is_shape_lookup
            && !env.columns.iter().any(|column| column.name == name.text && column.column_type != Dynamic)
        {
            return super::columns::place(name, table.schema()).map(Argument::LookupColumn);
        }
        if is_lookup
            && !is_shape_lookup
            && place >= 2
            && let (ExprKind::Name(name), Some(Argument::Table(table))) = (&argument.expr.kind, before.first())
        {
            return super::columns::place(name, table.schema()).map(Argument::LookupColumn);
        }
        if plugin == Plugin::Pivot
            && place == 1
            && let ExprKind::Call { function, arguments } = &argument.expr.kind
            && function::aggregate(&function.text).is_some()
        {
            let aggregates = super::row::Aggregates::new(env.columns, env.row, &[]);
            return self.aggregate(function, arguments, span, env.scope, &aggregates).map(Argument::Aggregate);
        }
        self.expr(&argument.expr, env).map(Argument::Expr)
    }

    /// The columns of a plugin, if they do not depend on the rows.
    fn plugin_columns(
        &mut self,
        made: &checked::Evaluate,
        written: &[Named],
        schema: &Schema,
        span: Span,
    ) -> Done<Option<Schema>> {
        let columns: Vec<Column> = match made.plugin {
            Plugin::BagUnpack | Plugin::Pivot => return Ok(None),
            Plugin::Narrow => fixed([("Row", Long), ("Column", String), ("Value", String)]),
            Plugin::SchemaMerge => {
                fixed([("ColumnName", String), ("ColumnOrdinal", Long), ("DataType", String), ("ColumnType", String)])
            }
            Plugin::Autocluster | Plugin::Basket => {
                let own = fixed([("SegmentId", Long), ("Count", Long), ("Percent", Real)]);
                own.into_iter().chain(schema.iter().cloned()).collect()
            }
            Plugin::Diffpatterns => {
                let own = fixed([
                    ("SegmentId", Long),
                    ("CountA", Long),
                    ("CountB", Long),
                    ("PercentA", Real),
                    ("PercentB", Real),
                    ("PercentDiffAB", Real),
                ]);
                own.into_iter().chain(schema.iter().cloned()).collect()
            }
            Plugin::Preview | Plugin::RowsNear => schema.to_vec(),
            Plugin::DcountIntersect => {
                let sets = (0..made.arguments.len()).map(|number| Column::new(format!("s{number}"), Long));
                schema.iter().cloned().chain(sets).collect()
            }
            Plugin::GeoLineLookup | Plugin::GeoPolygonLookup | Plugin::Ipv4Lookup | Plugin::Ipv6Lookup => {
                return looked_up(made, schema, span).map(Some);
            }
            Plugin::SequenceDetect => sequence_columns(made, written, schema),
            Plugin::RollingPercentile => rolling_columns(made, schema, span)?,
            Plugin::ActiveUsersCount
            | Plugin::ActivityCountsMetrics
            | Plugin::ActivityEngagement
            | Plugin::ActivityMetrics
            | Plugin::NewActivityMetrics
            | Plugin::SessionCount
            | Plugin::SlidingWindowCounts => activity_columns(made, schema, span)?,
        };
        Ok(Some(columns.into()))
    }
}

/// The columns that go in and come out again: all but the bag that is unpacked, or the values that become columns.
fn passed(made: &checked::Evaluate, columns: usize) -> Vec<usize> {
    let gone: Vec<usize> = match made.plugin {
        Plugin::BagUnpack => made.arguments.iter().take(1).filter_map(column).collect(),
        _ => Vec::new(),
    };
    (0..columns).filter(|place| !gone.contains(place)).collect()
}

pub(super) fn column(argument: &Argument) -> Option<usize> {
    match argument {
        Argument::Expr(expr) => plain_column(expr),
        _ => None,
    }
}

/// The columns of the rows, then those of the table that is looked in, but for those that both have in common as keys.
fn looked_up(made: &checked::Evaluate, schema: &Schema, span: Span) -> Done<Schema> {
    let Some(Argument::Table(table)) = made.arguments.first() else { return Err(Wrong::new(What::NotATable, span)) };
    let shared: Vec<usize> = made
        .arguments
        .iter()
        .skip(3)
        .filter_map(|argument| match argument {
            Argument::LookupColumn(place) if matches!(made.plugin, Plugin::Ipv4Lookup | Plugin::Ipv6Lookup) => {
                Some(*place)
            }
            _ => None,
        })
        .collect();
    let mut columns = Columns::new(schema);
    for (place, column) in table.schema().iter().enumerate() {
        if !shared.contains(&place) {
            columns.add_unique(&column.name, column.column_type);
        }
    }
    Ok(columns.into_schema())
}

/// The dimensions, the instant of each step, and how long it all took.
fn sequence_columns(made: &checked::Evaluate, written: &[Named], schema: &Schema) -> Vec<Column> {
    let timeline = match made.arguments.first().and_then(column).and_then(|place| schema.get(place)) {
        Some(column) => column.name.clone(),
        None => Arc::from(""),
    };
    let steps = written.iter().filter_map(|argument| argument.names.first());
    let steps: Vec<Column> = steps.map(|name| Column::new(format!("{name}_{timeline}"), Datetime)).collect();
    let dimensions = made.arguments.iter().skip(3).filter_map(column).filter_map(|place| schema.get(place)).cloned();
    let duration = [Column::new("Duration", Timespan)];
    dimensions.chain(steps).chain(duration).collect()
}
