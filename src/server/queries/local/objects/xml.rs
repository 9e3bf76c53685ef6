//! What is read of a store's XML before its library sees it: names that are no paths, for which that would refuse the whole
//! list, and the words of errors.

use object_store::path::Path;

/// The elements of one object in a list, and in it of its name: those of S3, and those of Azure.
const ELEMENTS: [(&str, &str); 2] = [("Contents", "Key"), ("Blob", "Name")];

/// A list without the objects whose names are no paths, and the names of these.
pub(super) fn without_odd_names(list: &str) -> (String, Vec<String>) {
    let (mut kept, mut odd) = (String::with_capacity(list.len()), Vec::new());
    let mut rest = list;
    while let Some((before, object, after)) = ELEMENTS.iter().find_map(|(object, _)| first_element(rest, object)) {
        kept.push_str(before);
        let name = ELEMENTS.iter().find_map(|(_, name)| first_element(object, name)).map(|(_, name, _)| inner(name));
        match name.map(unescaped).filter(|name| name.starts_with('/') || Path::parse(name).is_err()) {
            Some(name) => odd.push(name),
            None => kept.push_str(object),
        }
        rest = after;
    }
    kept.push_str(rest);
    (kept, odd)
}

/// The code of an error and its words.
pub(super) fn said(body: &[u8]) -> (Option<String>, Option<String>) {
    let text = String::from_utf8_lossy(body);
    let of = |element| {
        let (_, found, _) = first_element(&text, element)?;
        let words = unescaped(inner(found)).lines().next().unwrap_or_default().trim().to_owned();
        (!words.is_empty() && !words.contains('<')).then_some(words)
    };
    (of("Code"), of("Message"))
}

/// What is before the first element of a name, the element itself, and what is after it.
fn first_element<'t>(text: &'t str, name: &str) -> Option<(&'t str, &'t str, &'t str)> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let start = text.find(&open)?;
    let (before, from) = text.split_at_checked(start)?;
    let end = from.find(&close)? + close.len();
    let (element, after) = from.split_at_checked(end)?;
    Some((before, element, after))
}

/// An element without its tags.
fn inner(element: &str) -> &str {
    let content = element.split_once('>').map_or("", |(_, content)| content);
    content.rsplit_once("</").map_or("", |(content, _)| content)
}

fn unescaped(text: &str) -> String {
    let mut parts = text.split('&');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (entity, after) = part.split_once(';').unwrap_or((part, ""));
        let number = entity.strip_prefix('#').and_then(|number| match number.strip_prefix('x') {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => number.parse().ok(),
        });
        match entity {
            "amp" => plain.push('&'),
            "lt" => plain.push('<'),
            "gt" => plain.push('>'),
            "quot" => plain.push('"'),
            "apos" => plain.push('\''),
            _ => plain.push(number.and_then(char::from_u32).unwrap_or('\u{fffd}')),
        }
        plain.push_str(after);
    }
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn objects_whose_names_are_no_paths_are_left_out_of_a_list() {
        for (object, name) in ELEMENTS {
            let element = |of: &str| format!("<{object}><{name}>{of}</{name}><Size>1</Size></{object}>");
            let list = |names: &[&str]| {
                let objects: String = names.iter().map(|of| element(of)).collect();
                format!("<List><Name>bucket</Name>{objects}<Next>x</Next></List>")
            };
            let names =
                ["a/b.json", "../../etc/passwd", "a//b", "/abs", "a/./b", "a&amp;b/c d.json", "x&#10;y", "dir/"];
            let (kept, odd) = without_odd_names(&list(&names));
            assert_eq!(kept, list(&["a/b.json", "a&amp;b/c d.json", "dir/"]));
            assert_eq!(odd, ["../../etc/passwd", "a//b", "/abs", "a/./b", "x\ny"]);
        }
    }

    #[test]
    fn errors_are_told_in_the_store_s_words() {
        let body = b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Access Denied\nRequestId:1</Message></Error>";
        assert_eq!(said(body), (Some("AccessDenied".into()), Some("Access Denied".into())));
        assert_eq!(said(b"<html>no</html>"), (None, None));
        assert_eq!(said(b"<Error><Code></Code></Error>"), (None, None));
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "(<|>|/|Contents|Key|Blob|Name|&|;|#|x|[a-zé0-9]){0,40}") {
            let (kept, _) = without_odd_names(&text);
            prop_assert!(kept.len() <= text.len());
            let _ = said(text.as_bytes());
        }
    }
}
