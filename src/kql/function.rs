//! The functions and aggregates that there are, with their signatures. What they do is an engine's matter.
//!
//! A signature is a line: `name(parameters) result as name of column`. A parameter is a type or a word for several
//! (`any`, `plain`: not dynamic, `number`, `whole`, `summable`, `orderable`, `text`, `common`: all such have one type,
//! `type`: typeof(…), `table`), with `?` if it may be missing, `+` if it may be repeated, `*` if both; repeated ones that
//! stand side by side take turns. The result is a type, `first` or `second` (the type of that argument), `promoted` (the
//! same, but `long` for `int`), `average`, `common`, `widest` (of the numbers), `type` (what typeof says), or several named
//! values in brackets. A column is called as said; a name that ends with `_` goes on with the name of the first argument.

mod aggregate;
mod condition;
mod conversion;
mod dynamic;
mod encoding;
mod geo;
mod math;
mod metadata;
mod moment;
mod network;
mod series;
mod signature;
mod statistics;
mod text;
mod window;

use std::{collections::HashMap, sync::LazyLock};

pub use self::signature::{Kind, Occurs, Parameter, Returns, Signature};

/// A function or aggregate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// How it is called. Of several names that mean the same this is the one.
    pub name: &'static str,
    /// What it is about.
    pub family: Family,
    /// What it takes and gives; the first that fits is meant.
    pub signatures: Vec<Signature>,
}

/// What functions are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the files of the families say it")]
pub enum Family {
    Aggregate,
    Condition,
    Conversion,
    Dynamic,
    Encoding,
    Geo,
    Math,
    Metadata,
    Moment,
    Network,
    Series,
    Statistics,
    Text,
    /// Looks at other rows, which are in order.
    Window,
}

/// Names that mean the same as others.
const ALIASES: [(&str, &str); 33] = [
    ("array_iif", "array_iff"),
    ("array_strcat", "strcat_array"),
    ("array_sum", "series_sum"),
    ("arraylength", "array_length"),
    ("base64_decodestring", "base64_decode_tostring"),
    ("base64_encodestring", "base64_encode_tostring"),
    ("columnifexists", "column_ifexists"),
    ("current_cursor", "cursor_current"),
    ("datepart", "datetime_part"),
    ("extentid", "extent_id"),
    ("extract_json", "extractjson"),
    ("extractall", "extract_all"),
    ("floor", "bin"),
    ("iif", "iff"),
    ("make_string", "unicode_codepoints_to_string"),
    ("merge_tdigest", "tdigest_merge"),
    ("notempty", "isnotempty"),
    ("notnull", "isnotnull"),
    ("pack", "bag_pack"),
    ("pack_dictionary", "bag_pack"),
    ("parsejson", "parse_json"),
    ("parseurl", "parse_url"),
    ("parseurlquery", "parse_urlquery"),
    ("row_rank", "row_rank_dense"),
    ("to_utf8", "unicode_codepoints_from_string"),
    ("toboolean", "tobool"),
    ("todouble", "toreal"),
    ("todynamic", "parse_json"),
    ("toobject", "parse_json"),
    ("tostr", "tostring"),
    ("totime", "totimespan"),
    ("touuid", "toguid"),
    ("weekofyear", "week_of_year"),
];

type Functions = HashMap<&'static str, Function>;

static SCALARS: LazyLock<Functions> = LazyLock::new(|| {
    let mut functions = Functions::new();
    for (family, text) in [
        (Family::Condition, condition::SIGNATURES),
        (Family::Conversion, conversion::SIGNATURES),
        (Family::Dynamic, dynamic::SIGNATURES),
        (Family::Encoding, encoding::SIGNATURES),
        (Family::Geo, geo::SIGNATURES),
        (Family::Math, math::SIGNATURES),
        (Family::Metadata, metadata::SIGNATURES),
        (Family::Moment, moment::SIGNATURES),
        (Family::Network, network::SIGNATURES),
        (Family::Series, series::SIGNATURES),
        (Family::Statistics, statistics::SIGNATURES),
        (Family::Text, text::SIGNATURES),
        (Family::Window, window::SIGNATURES),
    ] {
        read(family, text, &mut functions);
    }
    functions
});

static AGGREGATES: LazyLock<Functions> = LazyLock::new(|| {
    let mut functions = Functions::new();
    read(Family::Aggregate, aggregate::SIGNATURES, &mut functions);
    functions
});

fn read(family: Family, text: &'static str, functions: &mut Functions) {
    for (name, signature) in text.lines().filter_map(Signature::read) {
        let function = functions.entry(name).or_insert_with(|| Function { name, family, signatures: Vec::new() });
        function.signatures.push(signature);
    }
}

/// An aggregate as it was called.
pub(crate) struct AggregateCall {
    /// The aggregate.
    pub(crate) function: &'static Function,
    /// Which argument is a condition of the rows.
    pub(crate) condition: Option<usize>,
}

/// The function of a name.
pub fn scalar(name: &str) -> Option<&'static Function> {
    let alias = ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, name)| *name);
    SCALARS.get(alias.unwrap_or(name))
}

/// The aggregate of a name.
pub(crate) fn aggregate(name: &str) -> Option<AggregateCall> {
    let with_condition = aggregate::WITH_CONDITION.iter().find(|(with, ..)| *with == name);
    let alias = aggregate::ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, name)| *name);
    let function = AGGREGATES.get(with_condition.map(|(_, name, _)| *name).or(alias).unwrap_or(name))?;
    Some(AggregateCall { function, condition: with_condition.map(|(.., at)| *at) })
}

/// All functions.
pub fn scalars() -> impl Iterator<Item = &'static Function> {
    SCALARS.values()
}

/// All aggregates.
pub fn aggregates() -> impl Iterator<Item = &'static Function> {
    AGGREGATES.values()
}

/// All names that can be called, to suggest.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let with_condition = aggregate::WITH_CONDITION.iter().map(|(name, ..)| *name);
    SCALARS.keys().copied().chain(AGGREGATES.keys().copied()).chain(with_condition)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_signature() {
        for text in [
            aggregate::SIGNATURES,
            condition::SIGNATURES,
            conversion::SIGNATURES,
            dynamic::SIGNATURES,
            encoding::SIGNATURES,
            geo::SIGNATURES,
            math::SIGNATURES,
            metadata::SIGNATURES,
            moment::SIGNATURES,
            network::SIGNATURES,
            series::SIGNATURES,
            statistics::SIGNATURES,
            text::SIGNATURES,
            window::SIGNATURES,
        ] {
            for line in text.lines() {
                assert!(Signature::read(line).is_some(), "{line}");
            }
        }
    }

    #[test]
    fn every_other_name_means_something() {
        for (alias, name) in ALIASES {
            assert!(SCALARS.contains_key(name) && !SCALARS.contains_key(alias), "{alias}");
        }
        for (alias, name) in aggregate::ALIASES {
            assert!(AGGREGATES.contains_key(name) && !AGGREGATES.contains_key(alias), "{alias}");
        }
        for (alias, name, _) in aggregate::WITH_CONDITION {
            assert!(AGGREGATES.contains_key(name) && !AGGREGATES.contains_key(alias), "{alias}");
        }
    }
}
