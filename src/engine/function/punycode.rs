//! Punycode (RFC 3492), of texts and of the labels of domain names (IDNA, RFC 5891).

use idna::punycode::{decode_to_string, encode_str};

use super::{RowFunction, arg};
use crate::cell::Cell;

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "punycode_from_string" => |_, cells| text(encode_str(&arg(cells, 0).text())),
        "punycode_to_string" => |_, cells| text(decode_to_string(&arg(cells, 0).text())),
        "punycode_domain_to_string" => |_, cells| text(labels(&arg(cells, 0).text(), encoded)),
        "punycode_domain_from_string" => |_, cells| text(labels(&arg(cells, 0).text(), decoded)),
        _ => return None,
    })
}

/// What a label in punycode begins with.
const PREFIX: &str = "xn--";

/// The dots that separate labels, those of East Asian scripts among them.
const DOTS: [char; 4] = ['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'];

/// What can't be coded is an empty text.
fn text(found: Option<String>) -> Cell<'static> {
    Cell::of(found.unwrap_or_default())
}

fn labels(domain: &str, change: fn(&str) -> Option<String>) -> Option<String> {
    let labels: Option<Vec<String>> = domain.split(DOTS).map(change).collect();
    labels.map(|labels| labels.join("."))
}

fn encoded(label: &str) -> Option<String> {
    if label.is_ascii() { Some(label.to_owned()) } else { Some(format!("{PREFIX}{}", encode_str(label)?)) }
}

fn decoded(label: &str) -> Option<String> {
    label.strip_prefix(PREFIX).map_or_else(|| Some(label.to_owned()), decode_to_string)
}

#[cfg(test)]
mod tests {
    use model::ColumnType;

    use super::super::run;
    use super::*;

    fn of(name: &'static str, text: &str) -> String {
        run(name, ColumnType::String, &[Cell::of(text)]).text().into_owned()
    }

    #[test]
    fn texts_are_coded_as_documented() {
        assert_eq!(of("punycode_from_string", "académie-française"), "acadmie-franaise-npb1a");
        assert_eq!(of("punycode_from_string", "艺术"), "cqv902d");
        assert_eq!(of("punycode_to_string", "acadmie-franaise-npb1a"), "académie-française");
        assert_eq!(of("punycode_to_string", "\u{e9}"), "");
    }

    #[test]
    fn of_a_domain_only_the_labels_that_need_it_are_coded() {
        assert_eq!(
            of("punycode_domain_to_string", "Riðill。Skáldskaparmál。org"),
            "xn--Riill-jta.xn--Skldskaparml-dbbj.org"
        );
        assert_eq!(of("punycode_domain_to_string", "Kaledvoulc'h.Artorījos.edu"), "Kaledvoulc'h.xn--Artorjos-ejb.edu");
        assert_eq!(of("punycode_domain_from_string", "xn--Ge-mia.Bulg.edu"), "Gáe.Bulg.edu");
        assert_eq!(of("punycode_domain_from_string", "xn--\u{e9}.edu"), "");
    }
}
