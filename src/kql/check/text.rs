//! `parse`, `parse-kv` and `reduce`: what is read out of texts.

use std::sync::Arc;

use model::ColumnType::{Long, String};

use super::{Checker, Done, names::Columns, scope::Scope, types, union::setting};
use crate::{
    Literal,
    checked::{self, Column, Table, TextParsing},
    mistake::{What, Wrong},
    operator::{ParseKv, ParseText, PatternPart, Reduce, Setting, SettingValue},
    place::Span,
};

impl<'t> Checker<'_, 't> {
    pub(super) fn parse_text(
        &mut self,
        parse: &'t ParseText,
        table: Table,
        scope: &Scope<'t>,
        span: Span,
    ) -> Done<Table> {
        let schema = table.schema().clone();
        let env = self.env(scope, &schema);
        let text = types::cast(self.expr(&parse.text, env)?, String);
        let flags = setting(&parse.settings, "flags").unwrap_or_default();
        let parsing = match setting(&parse.settings, "kind") {
            None | Some("simple") => TextParsing::Simple,
            Some("relaxed") => TextParsing::Relaxed,
            Some("regex") => TextParsing::Regex(flags.into()),
            Some(_) => return Err(Wrong::new(What::UnknownValue("simple, relaxed, regex"), span)),
        };
        let mut columns = Columns::new(&schema);
        let part = |part: &PatternPart| match part {
            PatternPart::Star => checked::PatternPart::Skip,
            PatternPart::Text(text) => checked::PatternPart::Text(text.as_ref().into()),
            PatternPart::Column(name, column_type) => {
                checked::PatternPart::Column(columns.put(&name.text, column_type.unwrap_or(String)))
            }
        };
        let pattern = parse.pattern.iter().map(part).collect();
        let parse = checked::ParseText { text, parsing, pattern, only_matching: parse.only_matching };
        Ok(table.then(checked::Operator::ParseText(parse), columns.into_schema(), span))
    }

    pub(super) fn parse_kv(&mut self, parse: &'t ParseKv, table: Table, scope: &Scope<'t>, span: Span) -> Done<Table> {
        const KNOWN: [&str; 6] = ["pair_delimiter", "kv_delimiter", "quote", "escape", "greedy", "regex"];
        let schema = table.schema().clone();
        let env = self.env(scope, &schema);
        let text = types::cast(self.expr(&parse.text, env)?, String);
        if let Some(setting) = parse.settings.iter().find(|setting| !KNOWN.contains(&&*setting.name.text)) {
            return Err(Wrong::new(What::UnknownParameter, setting.name.span).near(&setting.name.text, KNOWN));
        }
        let mut columns = Columns::new(&schema);
        let key = |column: &crate::tree::Declared| {
            (column.name.text.clone(), columns.put(&column.name.text, column.column_type))
        };
        let keys = parse.columns.iter().map(key).collect();
        let said = |name: &str| setting(&parse.settings, name).map(Arc::from);
        let is_true = |setting: &Setting| matches!(&setting.value, SettingValue::Literal(Literal::Bool(true)));
        let greedy = parse.settings.iter().any(|setting| &*setting.name.text == "greedy" && is_true(setting));
        let parse = checked::ParseKv {
            text,
            keys,
            pair_delimiter: said("pair_delimiter"),
            kv_delimiter: said("kv_delimiter"),
            quote: said("quote"),
            escape: said("escape"),
            greedy,
            regex: said("regex"),
        };
        Ok(table.then(checked::Operator::ParseKv(parse), columns.into_schema(), span))
    }

    pub(super) fn reduce(&mut self, reduce: &'t Reduce, table: Table, scope: &Scope<'t>, span: Span) -> Done<Table> {
        let schema = table.schema().clone();
        let env = self.env(scope, &schema);
        let text = types::cast(self.expr(&reduce.by.expr, env)?, String);
        let keep_rows = setting(&reduce.settings, "kind") == Some("source");
        let mut columns = if keep_rows { Columns::new(&schema) } else { Columns::default() };
        for (name, column_type) in [("Pattern", String), ("Count", Long), ("Representative", String)] {
            columns.add_unique(name, column_type);
        }
        let threshold = reduce.with.iter().find(|setting| &*setting.name.text == "threshold");
        let threshold = match threshold.map(|setting| &setting.value) {
            Some(SettingValue::Literal(Literal::Real(number))) => *number,
            _ => DEFAULT_THRESHOLD,
        };
        let characters = setting(&reduce.with, "characters").unwrap_or_default().into();
        let reduce = checked::Reduce { text, threshold, characters, keep_rows };
        Ok(table.then(checked::Operator::Reduce(reduce), columns.into_schema(), span))
    }
}

/// How much of the rows a pattern must have if nothing is said.
const DEFAULT_THRESHOLD: f64 = 0.1;

/// Columns of fixed names and types.
pub(super) fn fixed<const N: usize>(columns: [(&str, model::ColumnType); N]) -> Vec<Column> {
    columns.into_iter().map(|(name, column_type)| Column::new(name, column_type)).collect()
}
