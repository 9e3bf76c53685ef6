//! Addresses of pages and paths of files, in parts.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value as Json};

use super::{Context, RowFunction, arg};
use crate::cell::Cell;

/// What stays as it is in `url_encode`.
const FORM: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'*')
    .remove(b'(')
    .remove(b')')
    .remove(b' ');
const COMPONENT: &AsciiSet = &FORM.add(b' ').remove(b'~').remove(b'\'');

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "url_encode" => |_, cells| Cell::of(encode(&arg(cells, 0).text(), FORM).replace(' ', "+")),
        "url_encode_component" => |_, cells| Cell::of(encode(&arg(cells, 0).text(), COMPONENT)),
        "url_decode" => |_, cells| Cell::of(decode(&arg(cells, 0).text())),
        "parse_url" => |_, cells| parse_url(&arg(cells, 0).text()),
        "parse_urlquery" => parse_query,
        "parse_path" => |_, cells| parse_path(&arg(cells, 0).text()),
        _ => return None,
    })
}

/// Kusto writes the digits of what it escapes in small letters.
fn encode(text: &str, set: &'static AsciiSet) -> String {
    let mut out = String::new();
    for part in utf8_percent_encode(text, set) {
        if part.starts_with('%') { out.push_str(&part.to_lowercase()) } else { out.push_str(part) }
    }
    out
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

fn parse_query<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let mut all = Map::new();
    all.insert("Query Parameters".into(), Json::Object(query(&arg(cells, 0).text())));
    Cell::of_json(&Json::Object(all))
}

fn query(text: &str) -> Map<String, Json> {
    let pairs = text.trim_start_matches('?').split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (key.to_owned(), Json::from(value)))
        .collect()
}

/// Scheme, host and so on; null if there is no scheme.
fn parse_url<'a>(text: &str) -> Cell<'a> {
    let Some((scheme, rest)) = text.split_once("://") else { return Cell::Null };
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = user.split_once(':').unwrap_or((user, ""));
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port),
        _ => (host, ""),
    };
    let mut all = Map::new();
    for (key, value) in
        [("Scheme", scheme), ("Host", host), ("Port", port), ("Path", path), ("Username", user), ("Password", password)]
    {
        all.insert(key.to_owned(), Json::from(value));
    }
    all.insert("Query Parameters".into(), Json::Object(query(parameters)));
    all.insert("Fragment".into(), Json::from(fragment));
    Cell::of_json(&Json::Object(all))
}

fn parse_path<'a>(text: &str) -> Cell<'a> {
    let (scheme, path) = text.split_once("://").unwrap_or(("", text));
    let root = match path.as_bytes() {
        [drive, b':', ..] if drive.is_ascii_alphabetic() => path.get(..2).unwrap_or_default(),
        _ => "",
    };
    let (file, stream) = match path.get(root.len()..).and_then(|rest| rest.rsplit_once(':')) {
        Some((_, stream)) if !stream.contains(['/', '\\']) => {
            (path.get(..path.len() - stream.len() - 1).unwrap_or(path), stream)
        }
        _ => (path, ""),
    };
    let (directory, name) = file
        .rfind(['/', '\\'])
        .map_or(("", file), |at| (file.get(..at).unwrap_or_default(), file.get(at + 1..).unwrap_or_default()));
    let directory_name = directory.rsplit(['/', '\\']).next().unwrap_or_default();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let mut all = Map::new();
    for (key, value) in [
        ("Scheme", scheme),
        ("RootPath", root),
        ("DirectoryPath", directory),
        ("DirectoryName", directory_name),
        ("Filename", name),
        ("Extension", extension),
        ("AlternateDataStreamName", stream),
    ] {
        all.insert(key.to_owned(), Json::from(value));
    }
    Cell::of_json(&Json::Object(all))
}

#[cfg(test)]
mod tests {
    use model::ColumnType;

    use super::super::run;
    use super::*;

    #[test]
    fn a_url_has_parts() {
        let url = Cell::of("scheme://username:password@host:1234/this/is/a/path?k1=v1&k2=v2#fragment");
        let parts = run("parse_url", ColumnType::Dynamic, &[url]).json();
        assert_eq!(parts["Port"], "1234");
        assert_eq!(parts["Query Parameters"]["k2"], "v2");
        assert_eq!(parts["Path"], "/this/is/a/path");
    }

    #[test]
    fn paths_of_windows_have_drives_and_streams() {
        let parts = parse_path(r"C:\temp\file.txt:some.exe").json();
        assert_eq!(parts["RootPath"], "C:");
        assert_eq!(parts["DirectoryName"], "temp");
        assert_eq!(parts["Filename"], "file.txt");
        assert_eq!(parts["AlternateDataStreamName"], "some.exe");
        assert_eq!(parse_path("/home/x/file").json()["DirectoryPath"], "/home/x");
    }

    #[test]
    fn escapes_come_back() {
        let coded = run("url_encode", ColumnType::String, &[Cell::of("https://www.bing.com/hello world")]);
        assert_eq!(coded.text(), "https%3a%2f%2fwww.bing.com%2fhello+world");
        assert_eq!(run("url_decode", ColumnType::String, &[coded]).text(), "https://www.bing.com/hello world");
    }
}
