//! `ask`: the request, and where the next page is.

use model::ObservableKind;
use providers::{
    Method,
    custom::{Ask, Content, JsonPath, JsonTemplate, Next, Parameters, QUESTION, Template},
};

use super::{
    super::{
        kinds::{self, Wrong},
        section::Section,
    },
    compiled,
};

/// So many pages are read at most.
const MOST_PAGES: u64 = 10;

/// Headers that are the connection's own, or that carry credentials.
const RESERVED: [&str; 8] =
    ["authorization", "connection", "content-length", "content-type", "cookie", "host", "te", "transfer-encoding"];

pub(super) fn read(section: &Section<'_>, kinds_answered: &[ObservableKind]) -> Option<Ask> {
    let methods = [("GET", Method::Get), ("POST", Method::Post)];
    let method = section.optional("method", kinds::one_of(methods));
    let path = section.required("path", path(kinds_answered));
    let query = texts(section, "query", parameter_name);
    let headers = texts(section, "headers", header_name);
    let json = section.optional("json", |text| compiled(JsonTemplate::compile(text, QUESTION)));
    let form = texts(section, "form", parameter_name);
    let next = if section.has("next") { section.section("next", next).map(Some) } else { Some(None) };
    let (method, json, form) = (method?.unwrap_or(Method::Get), json?, form?);
    let content = match (json, form.is_empty()) {
        (None, true) => Content::Empty,
        (Some(json), true) => Content::Json(json),
        (None, false) => Content::Form(form),
        (Some(_), false) => {
            section.tell("form", "a second body", "either json or form");
            return None;
        }
    };
    if method == Method::Get && !matches!(content, Content::Empty) {
        section.tell("method", "a body, and no method that sends one", "POST");
        return None;
    }
    Some(Ask { method, path: path?, query: query?, headers: headers?, content, next: next? })
}

/// A path that begins with `/` whatever the kind is.
fn path(kinds_answered: &[ObservableKind]) -> impl Fn(&str) -> Result<Template, Wrong> {
    move |text| {
        let path = compiled(Template::address(text, QUESTION.iter().copied()))?;
        let begins = |kind: &ObservableKind| path.try_out(kind.as_str()).is_some_and(|path| path.starts_with('/'));
        if text.contains(['?', '#']) || !kinds_answered.iter().all(begins) {
            return Err(Wrong::allowed("a path that begins with / for every kind; parameters belong into query"));
        }
        Ok(path)
    }
}

fn next(section: &Section<'_>) -> Option<Next> {
    let at = section.required("at", |text| compiled(JsonPath::compile(text)));
    let parameter = section.optional("parameter", parameter_name);
    let pages = section.optional("pages", kinds::whole(2..=MOST_PAGES));
    Some(Next { at: at?, parameter: parameter?, pages: pages?.unwrap_or(5) })
}

fn texts(section: &Section<'_>, key: &'static str, name_kind: fn(&str) -> Result<String, Wrong>) -> Option<Parameters> {
    section.values(key, |name, text| {
        name_kind(name)?;
        compiled(Template::compile(text, QUESTION.iter().copied()))
    })
}

/// The name of a header (RFC 9110, token) that a definition may set.
pub(super) fn header_name(text: &str) -> Result<String, Wrong> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let is_reserved = RESERVED.iter().any(|reserved| text.eq_ignore_ascii_case(reserved));
    if text.is_empty() || !text.bytes().all(is_token) || is_reserved {
        return Err(Wrong::allowed(format!("the name of a header, and none of {}", RESERVED.join(", "))));
    }
    Ok(text.to_owned())
}

/// The name of a parameter or cookie.
pub(super) fn parameter_name(text: &str) -> Result<String, Wrong> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"=;,\"\\".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        Ok(text.to_owned())
    } else {
        Err(Wrong::allowed("a name of visible ASCII characters, without = ; , \" and \\"))
    }
}
