//! Functions of texts: what is encoded in them, which observables they hold, how risky a command line is.

use std::sync::Arc;

use extract::{
    command_line::Rules,
    decode::{Content, Decoder},
};
use futures::{FutureExt as _, future::BoxFuture};
use model::{ColumnType, EntityKind, Outcome, Value};

use super::{Answered, Function, Manner, PivotError, Step, Takes, World, answered::Writer, function::columns};

use ColumnType::{Dynamic, Long, String as Text};

/// What is encoded: a row for each layer.
const LAYERS: &[(&str, ColumnType)] = &[
    ("index", Text),
    ("depth", Long),
    ("packing", Text),
    ("encoding", Text),
    ("archive_member", Text),
    ("file_type", Text),
    ("layer_outcome", Text),
    ("text", Text),
    ("size", Long),
    ("md5", Text),
    ("sha1", Text),
    ("sha256", Text),
    ("original", Text),
];

/// Observables: a row for each.
const IOCS: &[(&str, ColumnType)] =
    &[("ioc_kind", Text), ("ioc_value", Text), ("ioc_canonical", Text), ("ioc_count", Long), ("first_offset", Long)];

/// How risky a command line is.
const RISK: &[(&str, ColumnType)] = &[("risk_score", Long), ("risk_rules", Dynamic), ("decoded", Text)];

/// A formatted script.
const FORMATTED: &[(&str, ColumnType)] = &[("formatted", Text)];

/// What texts can be asked about.
pub(super) fn functions() -> Vec<Function> {
    let command_line = || Takes { entity: EntityKind::Process, attribute: "command_line".into(), parameter: None };
    let url = || Takes { entity: EntityKind::Url, attribute: "url".into(), parameter: None };
    let function =
        |name: &str, description: &str, takes: Vec<Takes>, of: &'static [(&str, ColumnType)], read: Read| Function {
            container: "util".into(),
            name: name.into(),
            aliases: Vec::new(),
            description: description.into(),
            takes,
            parameters: Vec::new(),
            columns: columns(of),
            needs: Vec::new(),
            is_query: false,
            step: Arc::new(Texts { of, read }),
        };
    vec![
        function(
            "b64decode",
            "What is encoded in it: a row for each layer.",
            vec![command_line(), url()],
            LAYERS,
            decode,
        ),
        function("extract_iocs", "The observables in it: a row for each.", vec![command_line(), url()], IOCS, find),
        function("cmdline_risk", "How risky the command line is, and why.", vec![command_line()], RISK, judge),
        function("powershell_format", "The script in lines that can be read.", vec![command_line()], FORMATTED, format),
    ]
}

/// Reads texts into an answer.
type Read = fn(&[Arc<str>], &mut Writer);

/// A function of texts.
struct Texts {
    of: &'static [(&'static str, ColumnType)],
    read: Read,
}

impl Step for Texts {
    fn ask<'a>(
        &'a self,
        world: World<'a>,
        values: &'a [Arc<str>],
        _: &'a Manner,
    ) -> BoxFuture<'a, Result<Answered, PivotError>> {
        let (values, of, read) = (values.to_vec(), self.of, self.read);
        let work = move || {
            let mut writer = Writer::new(&columns(of));
            read(&values, &mut writer);
            writer.finish(true)
        };
        async move { Ok(world.work.run(work).await?) }.boxed()
    }
}

/// How it ended: something was found or not.
fn found(writer: &mut Writer, is_something: bool, nothing: &str) {
    if is_something {
        writer.end(Outcome::Hit, None);
    } else {
        writer.end(Outcome::NotFound, Some(nothing.into()));
    }
}

fn long(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn decode(values: &[Arc<str>], writer: &mut Writer) {
    let mut decoder = Decoder::new(extract::decode::Options::default());
    for value in values {
        let decoded = decoder.decode(value);
        found(writer, !decoded.layers.is_empty(), "nothing is encoded in it");
        for layer in &decoded.layers {
            let (encoding, text) = match &layer.content {
                Content::Text(encoding, text) => (Some(encoding.as_str()), Some(text.as_str())),
                _ => (None, None),
            };
            let digests = layer.digests.as_ref();
            let cells: [Value<'_>; LAYERS.len()] = [
                layer.index.as_str().into(),
                i64::from(layer.depth).into(),
                layer.packing.as_str().into(),
                encoding.into(),
                layer.member.as_deref().into(),
                layer.file_type.map(extract::decode::FileType::as_str).into(),
                layer.outcome.as_str().into(),
                text.into(),
                layer.size.map(long).into(),
                digests.map(|digests| digests.md5.as_str()).into(),
                digests.map(|digests| digests.sha1.as_str()).into(),
                digests.map(|digests| digests.sha256.as_str()).into(),
                layer.original.as_deref().into(),
            ];
            writer.row(cells);
        }
    }
}

fn find(values: &[Arc<str>], writer: &mut Writer) {
    for value in values {
        let iocs = extract::extract_iocs(value, &extract::Options::default());
        found(writer, !iocs.is_empty(), "no observable is in it");
        for ioc in iocs {
            writer.row([
                ioc.kind.as_str().into(),
                ioc.value.into(),
                ioc.canonical.into(),
                long(ioc.count).into(),
                long(ioc.first_offset).into(),
            ]);
        }
    }
}

fn judge(values: &[Arc<str>], writer: &mut Writer) {
    let mut decoder = Decoder::new(extract::decode::Options::default());
    let Ok(rules) = Rules::with(&[], true) else { return };
    for value in values {
        let risk = rules.judge(value, &mut decoder);
        found(writer, risk.score > 0, "no rule fits");
        let names: Vec<&str> =
            risk.rules.iter().filter_map(|rule| rules.all().get(*rule)).map(|rule| rule.name.as_str()).collect();
        let names = serde_json::to_string(&names).unwrap_or_default();
        writer.row([i64::from(risk.score).into(), Value::Dynamic(names.into()), risk.decoded.into()]);
    }
}

fn format(values: &[Arc<str>], writer: &mut Writer) {
    for value in values {
        writer.end(Outcome::Hit, None);
        writer.row([extract::format_powershell(value).into()]);
    }
}
