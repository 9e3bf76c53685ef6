//! Tokens of the fake ARM: each for one audience, and each with an end.

use std::collections::HashMap;

use super::{AUDIENCE, refusal};
use crate::vendor::Reply;

/// The tokens that were issued.
#[derive(Default)]
pub(super) struct Tokens {
    /// By token: the audience, and whether it has ended.
    issued: HashMap<String, (String, bool)>,
    mistaken: bool,
}

impl Tokens {
    /// Issues one for the scope of a form.
    pub(super) fn issue(&mut self, form: &[u8]) -> Reply {
        let text = format!("http://x/?{}", String::from_utf8_lossy(form));
        let form: HashMap<_, _> = reqwest::Url::parse(&text).expect("a form").query_pairs().into_owned().collect();
        let Some(audience) = form.get("scope").and_then(|scope| scope.strip_suffix("/.default")) else {
            return Reply::json(r#"{"error":"invalid_scope","error_description":"AADSTS70011: no scope"}"#).status(400);
        };
        let audience = if self.mistaken { "https://elsewhere.example" } else { audience };
        let token = format!("token-{}", self.issued.len() + 1);
        self.issued.insert(token.clone(), (audience.to_owned(), false));
        Reply::json(format!(r#"{{"token_type":"Bearer","expires_in":3599,"access_token":"{token}"}}"#))
    }

    /// What is wrong with the token of a request, if anything is.
    pub(super) fn refuse(&self, authorization: Option<&str>) -> Option<Reply> {
        let Some(token) = authorization.and_then(|text| text.strip_prefix("Bearer ")) else {
            return Some(refusal(
                401,
                "AuthenticationFailed",
                "Authentication failed. The 'Authorization' header is missing.",
            ));
        };
        match self.issued.get(token) {
            None => Some(refusal(401, "InvalidAuthenticationToken", "The access token is invalid.")),
            Some((_, true)) => Some(refusal(401, "ExpiredAuthenticationToken", "The access token expiry has passed.")),
            Some((audience, false)) if audience != AUDIENCE => Some(refusal(
                401,
                "InvalidAuthenticationTokenAudience",
                "The access token has been obtained for wrong audience or resource.",
            )),
            Some(_) => None,
        }
    }

    pub(super) fn end_all(&mut self) {
        self.issued.values_mut().for_each(|(_, ended)| *ended = true);
    }

    pub(super) fn mistake_audience(&mut self) {
        self.mistaken = true;
    }

    pub(super) fn issued(&self) -> usize {
        self.issued.len()
    }
}
