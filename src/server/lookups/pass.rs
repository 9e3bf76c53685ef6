//! The token of Entra with which a provider is asked that wants one.

use model::{Finding, Outcome};
use providers::{Audience, Auth};
use tokio::time::Instant;

use super::{Member, asker::failed};
use crate::{
    credentials::{CredentialError, Credentials},
    settings::Secret,
    upstream::SendError,
};

/// A token, and what it was asked for with: so that one that is refused can be forgotten.
pub(super) struct Pass<'a> {
    pub(super) identity: &'a str,
    pub(super) scope: String,
    pub(super) token: Secret,
}

impl<'a> Pass<'a> {
    /// The token for a provider; `None` for one that wants none. `Err` is a finding without an answer.
    pub(super) async fn obtain(
        credentials: &Credentials,
        member: &'a Member,
        until: Instant,
    ) -> Result<Option<Self>, Finding> {
        let (Auth::Entra(audience), Some(identity)) = (member.facts().auth, &member.identity) else { return Ok(None) };
        let refused = |error: CredentialError| failed(member, outcome(&error), &error.to_string());
        let endpoints = credentials.endpoints(identity).map_err(refused)?;
        let audience = match audience {
            Audience::Graph => endpoints.graph,
            Audience::LogAnalytics => endpoints.log_analytics,
        };
        let scope = format!("{audience}/.default");
        let token = credentials.token(identity, &scope, until).await.map_err(refused)?;
        Ok(Some(Self { identity, scope, token }))
    }
}

const fn outcome(error: &CredentialError) -> Outcome {
    match error {
        CredentialError::Refused(_) => Outcome::Unauthorized,
        CredentialError::Send(SendError::Timeout) => Outcome::Timeout,
        CredentialError::Unknown
        | CredentialError::TokenFile
        | CredentialError::NoToken(_)
        | CredentialError::Send(_) => Outcome::Error,
    }
}
