//! Why a caller is not let in.

use actix_web::http::header;

use crate::{
    api::problem::{Kind, Problem},
    settings::Scope,
};

/// Why a caller is not let in. The texts never hold what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Nothing that says who it is.
    #[error("no credentials were sent")]
    Missing,
    /// Credentials in a form that is not understood.
    #[error("the Authorization header is not `Bearer` and a key or token")]
    Malformed,
    /// A key that nobody holds.
    #[error("the API key is not known")]
    UnknownKey,
    /// A token that cannot be read.
    #[error("the token cannot be read")]
    Unreadable,
    /// `none`, a shared secret, or something that nobody knows.
    #[error("the token is signed in a way that is not allowed")]
    Algorithm,
    /// An issuer that is not in the settings.
    #[error("the issuer of the token is not trusted")]
    Issuer,
    /// A token for somebody else.
    #[error("the token is meant for another audience")]
    Audience,
    /// A token of the past.
    #[error("the token has expired")]
    Expired,
    /// A token of the future.
    #[error("the token is not valid yet")]
    Immature,
    /// No subject, no time of expiry, or no other claim that must be there.
    #[error("the token lacks a claim that is needed: exp, iss, aud or sub")]
    Claims,
    /// Signed with a key that the issuer does not publish.
    #[error("the issuer does not publish the key that the token is signed with")]
    UnknownSigner,
    /// Changed, or signed by somebody else.
    #[error("the signature of the token is wrong")]
    Signature,
    /// The issuer's keys could not be had. Not the caller's fault.
    #[error("the keys of the token's issuer are not at hand")]
    SignersAway,
    /// Known, and not allowed.
    #[error("the caller lacks the scope `{}`", .0.as_str())]
    Scope(Scope),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let text = refusal.to_string();
        // The challenges of RFC 6750, section 3.
        let (kind, challenge) = match refusal {
            Refusal::SignersAway => return Self::new(Kind::Unavailable).retry_after(60).caused_by(text),
            Refusal::Missing => (Kind::Unauthenticated, r#"Bearer realm="pivotd""#.to_owned()),
            Refusal::Malformed => {
                (Kind::Unauthenticated, r#"Bearer realm="pivotd", error="invalid_request""#.to_owned())
            }
            Refusal::Scope(scope) => (
                Kind::Denied,
                format!(r#"Bearer realm="pivotd", error="insufficient_scope", scope="{}""#, scope.as_str()),
            ),
            _ => (Kind::Unauthenticated, r#"Bearer realm="pivotd", error="invalid_token""#.to_owned()),
        };
        Self::new(kind).detail(text).header(header::WWW_AUTHENTICATE, &challenge)
    }
}
