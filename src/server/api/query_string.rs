//! Query strings: unknown parameters and wrong values are refused, and the problem names the parameter.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev};
use serde::de::DeserializeOwned;

use super::{body::mistake_at, problem::Problem};

/// The parameters in the query string. A parameter that may be given several times is a `Vec`.
#[derive(Debug)]
pub struct QueryString<T>(pub T);

impl<T: DeserializeOwned> FromRequest for QueryString<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        ready(parse(request.query_string()).map(Self))
    }
}

/// Reads a query string.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    // The parser would put replacement characters in their place.
    if percent_encoding::percent_decode_str(text).decode_utf8().is_err() {
        return Err(Problem::invalid_at("/", "the query string is not UTF-8"));
    }
    let deserializer = serde_html_form::Deserializer::from_bytes(text.as_bytes());
    serde_path_to_error::deserialize(deserializer).map_err(|error| mistake_at(error.path(), error.inner()))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Lookup {
        value: String,
        deadline_ms: Option<u32>,
        #[serde(default)]
        provider: Vec<String>,
        #[serde(default)]
        refresh: bool,
    }

    fn refused(text: &str) -> String {
        format!("{:?}", parse::<Lookup>(text).unwrap_err())
    }

    #[test]
    fn parameters_are_decoded_and_may_repeat() {
        let lookup: Lookup = parse("value=a%20%26b+c&provider=x&provider=y&deadline_ms=5&refresh=true").unwrap();
        assert_eq!(lookup.value, "a &b c");
        assert_eq!(lookup.provider, ["x", "y"]);
        assert_eq!((lookup.deadline_ms, lookup.refresh), (Some(5), true));
        assert_eq!(parse::<Lookup>("value=a&provider=x").unwrap().provider, ["x"]);
    }

    #[test]
    fn the_problem_names_the_parameter() {
        for (text, pointer) in [
            ("value=a&knd=url", "\"/knd\""),
            ("deadline_ms=5", "\"/value\""),
            ("value=a&deadline_ms=soon", "\"/deadline_ms\""),
            ("value=a&refresh=maybe", "\"/refresh\""),
            ("value=a&value=b", "\"/value\""),
            ("value=%FF", "\"/\""),
        ] {
            let problem = refused(text);
            assert!(problem.contains(pointer), "{text}: {problem}");
        }
    }
}
