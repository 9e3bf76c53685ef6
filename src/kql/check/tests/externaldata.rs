//! `externaldata`: what is to be read is known before anybody reads it, and only what the catalogue allows is.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    Catalogue, Checked, Context, Mistakes, What, check,
    checked::{External, ExternalForm, Schema, Source},
    parse,
};

/// No tables, but everything below one address.
struct Published;

impl Catalogue for Published {
    fn table(&self, _: Option<&str>, _: &str) -> Option<Schema> {
        None
    }

    fn names(&self) -> Vec<Arc<str>> {
        Vec::new()
    }

    fn may_read(&self, external: &External, _: &Schema) -> bool {
        external.locations.iter().all(|location| location.starts_with("https://lists.example/"))
    }
}

fn checked(query: &str, catalogue: &dyn Catalogue) -> Result<External, Mistakes> {
    let context =
        Context { catalogue, functions: crate::Functions::NONE, parameters: &BTreeMap::new(), discovered: &[] };
    let Checked::Ready(outputs) = check(&parse(query)?, &context)? else { panic!("{query}: a plugin") };
    match outputs.into_iter().next().map(|output| output.table.source) {
        Some(Source::External(external)) => Ok(external),
        other => panic!("{query}: {other:?}"),
    }
}

fn external(query: &str) -> External {
    checked(query, &Published).expect(query)
}

fn mistake(query: &str) -> What {
    checked(query, &Published).expect_err(query).0.into_iter().next().expect("a mistake").what
}

#[test]
fn nothing_is_read_that_the_catalogue_does_not_allow() {
    let query = "externaldata(a:string) ['https://lists.example/a.csv']";
    let nowhere: BTreeMap<Arc<str>, Schema> = BTreeMap::new();
    let refused = checked(query, &nowhere).expect_err("refused").0;
    assert!(matches!(refused.first().map(|m| &m.what), Some(What::Unsupported(_))));
    for elsewhere in ["'https://other.example/a.csv'", "'https://lists.example/a.csv', 'http://169.254.169.254/'"] {
        let query = format!("externaldata(a:string) [{elsewhere}]");
        assert!(matches!(mistake(&query), What::Unsupported(_)), "{query}");
    }
    assert!(checked(query, &Published).is_ok());
}

#[test]
fn the_form_is_the_named_one_or_that_of_the_address() {
    let form = |end: &str| external(&format!("externaldata(a:string, b:long) [@'https://lists.example/{end}")).form;
    let separated = |by: u8| ExternalForm::Separated { by, fields: vec![Some(0), Some(1)] };
    for (end, expected) in [
        ("a.csv']", separated(b',')),
        ("a.csv.gz?sig=x.json']", separated(b',')),
        ("a']", separated(b',')),
        ("a.tsv']", separated(b'\t')),
        ("a.csv'] with (format=psv)", separated(b'|')),
        ("a.txt']", ExternalForm::Lines),
        ("a.txt.zip']", ExternalForm::Lines),
        ("a'] with (format='txt')", ExternalForm::Lines),
        ("a.csv'] with (format=\"raw\")", ExternalForm::Whole),
        ("a.parquet']", ExternalForm::Parquet),
        ("a.json'] with (format='MultiJSON')", ExternalForm::Json { paths: vec![None, None] }),
    ] {
        assert_eq!(form(end), expected, "{end}");
    }
}

#[test]
fn settings_are_read_in_any_case_and_keys_behind_a_semicolon_are_left_out() {
    let read = external(
        "external_data(a:string) [h@'https://lists.example/a.csv;managed_identity=system'] with (ignoreFirstRecord=true)",
    );
    assert!(read.skips_first);
    assert_eq!(read.locations, ["https://lists.example/a.csv".into()]);
    assert!(
        !external("externaldata(a:string) ['https://lists.example/a'] with (IgnoreFirstRecord='false')").skips_first
    );
}

#[test]
fn a_mapping_says_where_columns_are() {
    let read =
        |end: &str| external(&format!("externaldata(a:string, b:long, c:dynamic) ['https://lists.example/{end}")).form;
    let mapping = r#"[{"Column":"a","Properties":{"Path":"$.x.y"}},{"column":"c","path":"$.z[0]"}]"#;
    let paths = vec![Some("$.x.y".into()), Some("".into()), Some("$.z[0]".into())];
    assert_eq!(read(&format!("a.json'] with (ingestionMapping='{mapping}')")), ExternalForm::Json { paths });
    let mapping = r#"[{"Column":"b","Properties":{"Ordinal":"4"}},{"Column":"a","Properties":{"Ordinal":0}}]"#;
    let fields = vec![Some(0), Some(4), None];
    assert_eq!(
        read(&format!("a.csv'] with (ingestionMapping='{mapping}')")),
        ExternalForm::Separated { by: b',', fields }
    );
}

#[test]
fn settings_that_mean_nothing_are_told() {
    let of = |settings: &str| mistake(&format!("externaldata(a:string) ['https://lists.example/a'] with ({settings})"));
    assert_eq!(of("formt='csv'"), What::UnknownParameter);
    assert!(matches!(of("format='avro'"), What::UnknownValue(allowed) if allowed.contains("parquet")));
    assert!(matches!(of("ignoreFirstRecord=5"), What::Expected(_)));
    assert!(matches!(of("format='json', ingestionMapping='{'"), What::Expected(_)));
    assert!(matches!(of(r#"format='json', ingestionMapping='[{"column":"a","path":"x"}]'"#), What::Expected(_)));
    assert!(matches!(of(r#"ingestionMapping='[{"column":"a","ordinal":"x"}]'"#), What::Expected(_)));
    assert!(matches!(mistake("externaldata(a:string) []"), What::Expected(_)));
    assert!(matches!(mistake("externaldata(a:string) [1]"), What::Expected(_)));
    assert_eq!(mistake("externaldata(a:string, a:long) ['https://lists.example/a']"), What::RepeatedName);
}
