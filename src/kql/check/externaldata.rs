//! `externaldata`: what lies elsewhere, whether it may be read, and in which form it is.

use std::sync::Arc;

use super::{Checker, Done, source::schema};
use crate::{
    checked::{External, ExternalForm, Schema, Source, Table},
    literal::Literal,
    mistake::{What, Wrong},
    operator::{Externaldata, Setting, SettingValue},
    place::Span,
};

/// Settings that are known, in small letters, as Kusto reads them in any case.
const SETTINGS: [&str; 3] = ["format", "ignorefirstrecord", "ingestionmapping"];

/// Forms that are read.
const FORMS: &str = "csv, tsv, tsve, scsv, sohsv, psv, json, multijson, txt, raw, parquet";

impl<'t> Checker<'_, 't> {
    pub(super) fn externaldata(&mut self, table: &'t Externaldata, span: Span) -> Done<Table> {
        let columns = schema(&table.columns)?;
        let locations: Option<Vec<Arc<str>>> = table.locations.iter().map(location).collect();
        let locations = locations.filter(|all| !all.is_empty());
        let locations = locations.ok_or_else(|| Wrong::expected("addresses as texts", span))?;
        let settings = Settings::read(&table.settings)?;
        let external =
            External { form: settings.form(&columns, &locations)?, skips_first: settings.skips_first, locations };
        if !self.context.catalogue.may_read(&external, &columns) {
            return Err(Wrong::unsupported("externaldata is not allowed to read from there", span));
        }
        Ok(Table { source: Source::External(external), columns, steps: Vec::new() })
    }
}

/// An address; who asks, and with what key, may stand behind a semicolon.
fn location(literal: &Literal) -> Option<Arc<str>> {
    let text = literal.as_str()?;
    Some(text.split_once(';').map_or(text, |(address, _)| address).trim().into())
}

/// What is said of the form.
#[derive(Default)]
struct Settings<'t> {
    format: Option<(&'t str, Span)>,
    skips_first: bool,
    mapping: Option<(serde_json::Value, Span)>,
}

impl<'t> Settings<'t> {
    fn read(settings: &'t [Setting]) -> Done<Self> {
        let mut read = Self::default();
        for Setting { name, value } in settings {
            let text = || value.as_str().ok_or_else(|| Wrong::expected("a text", name.span));
            match name.text.to_ascii_lowercase().as_str() {
                "format" => read.format = Some((text()?, name.span)),
                "ignorefirstrecord" => read.skips_first = flag(value, name.span)?,
                "ingestionmapping" => {
                    let mapping = serde_json::from_str(text()?);
                    let mapping = mapping.map_err(|_| Wrong::expected("a list of mappings in JSON", name.span))?;
                    read.mapping = Some((mapping, name.span));
                }
                _ => return Err(Wrong::new(What::UnknownParameter, name.span).near(&name.text, SETTINGS)),
            }
        }
        Ok(read)
    }

    /// The form that is named, or the one that the first address ends in.
    fn form(&self, columns: &Schema, locations: &[Arc<str>]) -> Done<ExternalForm> {
        let ending = locations.first().map(|location| ending(location)).unwrap_or_default();
        let name = self.format.map_or(ending.as_str(), |(name, _)| name).to_ascii_lowercase();
        let by = match name.as_str() {
            "csv" => b',',
            "tsv" | "tsve" => b'\t',
            "scsv" => b';',
            "sohsv" => 1,
            "psv" => b'|',
            "json" | "multijson" | "ndjson" | "jsonl" => return Ok(ExternalForm::Json { paths: self.paths(columns)? }),
            "txt" | "log" => return Ok(ExternalForm::Lines),
            "raw" => return Ok(ExternalForm::Whole),
            "parquet" => return Ok(ExternalForm::Parquet),
            // What says nothing of itself is CSV, as in Kusto.
            _ if self.format.is_none() => b',',
            _ => {
                let span = self.format.map_or_else(Span::default, |(_, span)| span);
                return Err(Wrong::new(What::UnknownValue(FORMS), span));
            }
        };
        Ok(ExternalForm::Separated { by, fields: self.fields(columns)? })
    }

    fn fields(&self, columns: &Schema) -> Done<Vec<Option<usize>>> {
        let Some((_, span)) = &self.mapping else { return Ok((0..columns.len()).map(Some).collect()) };
        let field = |name: &str| {
            let Some(ordinal) = self.mapped(name, "ordinal") else { return Ok(None) };
            let ordinal = ordinal.as_u64().or_else(|| ordinal.as_str()?.trim().parse().ok());
            let ordinal = ordinal.and_then(|ordinal| usize::try_from(ordinal).ok());
            ordinal.map(Some).ok_or_else(|| Wrong::expected("a whole number as Ordinal", *span))
        };
        columns.iter().map(|column| field(&column.name)).collect()
    }

    fn paths(&self, columns: &Schema) -> Done<Vec<Option<Arc<str>>>> {
        let Some((_, span)) = &self.mapping else { return Ok(vec![None; columns.len()]) };
        let path = |name: &str| match self.mapped(name, "path") {
            // A column that the mapping leaves out is in no object.
            None => Ok(Some("".into())),
            Some(serde_json::Value::String(path)) if path.starts_with('$') => Ok(Some(path.as_str().into())),
            Some(_) => Err(Wrong::expected("a Path like $.name", *span)),
        };
        columns.iter().map(|column| path(&column.name)).collect()
    }

    /// What a mapping says of a column: `[{"Column": "a", "Properties": {"Path": "$.a"}}]`, or without `Properties`.
    fn mapped(&self, column: &str, what: &str) -> Option<&serde_json::Value> {
        let (mapping, _) = self.mapping.as_ref()?;
        let of_column =
            |one: &&serde_json::Value| member(one, "column").and_then(serde_json::Value::as_str) == Some(column);
        let one = mapping.as_array()?.iter().find(of_column)?;
        member(one, "properties").and_then(|properties| member(properties, what)).or_else(|| member(one, what))
    }
}

/// A member of an object, its name in any case.
fn member<'v>(of: &'v serde_json::Value, name: &str) -> Option<&'v serde_json::Value> {
    of.as_object()?.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn flag(value: &SettingValue, span: Span) -> Done<bool> {
    match value {
        SettingValue::Literal(Literal::Bool(flag)) => Ok(*flag),
        value => match value.as_str().map(str::to_ascii_lowercase).as_deref() {
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            _ => Err(Wrong::expected("true or false", span)),
        },
    }
}

/// What an address ends in, without the ending of its packing.
fn ending(location: &str) -> String {
    let path = location.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zip")).unwrap_or(&name);
    name.rsplit_once('.').map(|(_, ending)| ending.to_owned()).unwrap_or_default()
}
