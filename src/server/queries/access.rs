//! How a request to a source says who asks: token, key, user and password, or session.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sources::{Access, Endpoint, LoginForm, Session, Trouble, TroubleKind};
use tokio::time::Instant;
use url::Url;

use super::{
    Connection,
    exchange::{Exchanges, unreached, without_secrets},
    session::ticket,
};
use crate::{
    credentials::{CredentialError, Fresh},
    settings::Secret,
    upstream::{Call, Expects, HeaderMap, Method, SendError, plain_header, secret_header},
};

/// Answers to logins may be so large.
const BODY_CAP: usize = 1 << 20;

/// What was shown, so that it can be forgotten when it is refused.
pub(super) enum Shown {
    /// Nothing that could be had anew.
    Lasting,
    /// A token for a scope.
    Token(String, Secret),
    /// A session.
    Session(Secret),
}

impl Shown {
    /// What was shown, if it was had for the purpose.
    pub(super) const fn secret(&self) -> Option<&Secret> {
        match self {
            Self::Lasting => None,
            Self::Token(_, secret) | Self::Session(secret) => Some(secret),
        }
    }
}

impl Exchanges {
    /// Where a connection is asked.
    pub(super) fn base(&self, connection: &Connection) -> Result<Url, Trouble> {
        if let Some(url) = &connection.base_url {
            return Ok(url.clone());
        }
        let address = self.of_the_cloud(connection, connection.facts.endpoint)?;
        address.parse().map_err(|_| Trouble::new(TroubleKind::Failed, "the source has no address in this cloud"))
    }

    fn of_the_cloud(&self, connection: &Connection, endpoint: Endpoint) -> Result<&'static str, Trouble> {
        if let Endpoint::Fixed(address) = endpoint {
            return Ok(address);
        }
        let name = connection.credential.as_deref().unwrap_or_default();
        let endpoints = self.credentials.endpoints(name).map_err(|error| no_token(&error))?;
        Ok(match endpoint {
            Endpoint::LogAnalytics => endpoints.log_analytics,
            Endpoint::Graph => endpoints.graph,
            Endpoint::Defender => endpoints.defender,
            Endpoint::ResourceManager => endpoints.resource_manager,
            Endpoint::Own | Endpoint::Folder | Endpoint::Fixed(_) => "",
        })
    }

    /// Puts into the headers what says who asks.
    pub(super) async fn authorize(
        &self,
        connection: &Connection,
        base: &Url,
        headers: &mut HeaderMap,
        until: Instant,
    ) -> Result<Shown, Trouble> {
        let unusable = |error: SendError| Trouble::new(TroubleKind::Unauthorized, error.to_string());
        let secret = |of: &Option<Secret>| of.as_ref().map_or(String::new(), |secret| secret.expose().to_owned());
        let (user, password) = (secret(&connection.user), secret(&connection.password));
        match connection.access {
            Some(Access::Open) | None => Ok(Shown::Lasting),
            Some(Access::Entra) => {
                let audience = match connection.facts.endpoint {
                    Endpoint::Own => base.origin().ascii_serialization(),
                    endpoint => self.of_the_cloud(connection, endpoint)?.to_owned(),
                };
                let scope = format!("{audience}/.default");
                let name = connection.credential.as_deref().unwrap_or_default();
                let token = self.credentials.token(name, &scope, until).await.map_err(|error| no_token(&error))?;
                secret_header(headers, "authorization", &format!("Bearer {}", token.expose())).map_err(unusable)?;
                Ok(Shown::Token(scope, token))
            }
            Some(Access::Key(header, word)) => {
                secret_header(headers, header, &worded(word, &secret(&connection.key))).map_err(unusable)?;
                Ok(Shown::Lasting)
            }
            Some(Access::Basic) => {
                let pair = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
                secret_header(headers, "authorization", &pair).map_err(unusable)?;
                Ok(Shown::Lasting)
            }
            Some(Access::Headers(first, second)) => {
                secret_header(headers, first, &user).map_err(unusable)?;
                secret_header(headers, second, &password).map_err(unusable)?;
                Ok(Shown::Lasting)
            }
            Some(Access::Session(session)) => {
                let (upstream, to) = (self.upstream.clone(), connection.facts.id);
                let secret = connection.password.clone();
                let call = login(session, base, to, &user, &password, until).map_err(unusable)?;
                let logging_in = async move {
                    let received = upstream.send_and_stay(call).await.map_err(|error| unreached(&error))?;
                    begun(session, &received, secret.as_ref())
                };
                let ticket = connection.sessions.slot().take(Instant::now(), || logging_in).await?;
                let (header, word) = session.header;
                secret_header(headers, header, &worded(word, ticket.expose())).map_err(unusable)?;
                Ok(Shown::Session(ticket))
            }
        }
    }

    /// Forgets what was shown and refused. Says whether there is something else to show.
    pub(super) fn forget(&self, connection: &Connection, shown: &Shown) -> bool {
        match shown {
            Shown::Lasting => return false,
            Shown::Token(scope, token) => {
                self.credentials.forget(connection.credential.as_deref().unwrap_or_default(), scope, token);
            }
            Shown::Session(ticket) => connection.sessions.slot().forget(ticket),
        }
        true
    }
}

fn worded(word: &str, secret: &str) -> String {
    if word.is_empty() { secret.to_owned() } else { format!("{word} {secret}") }
}

/// Why there is no token.
pub(super) fn no_token(error: &CredentialError) -> Trouble {
    let kind = match error {
        CredentialError::Send(SendError::Timeout) => TroubleKind::Timeout,
        CredentialError::Send(_) => TroubleKind::Failed,
        _ => TroubleKind::Unauthorized,
    };
    Trouble::new(kind, error.to_string())
}

fn login(
    session: &Session,
    base: &Url,
    to: &'static str,
    user: &str,
    password: &str,
    until: Instant,
) -> Result<Call, SendError> {
    let mut headers = HeaderMap::new();
    let media = match session.form {
        LoginForm::Form => "application/x-www-form-urlencoded",
        LoginForm::Json => "application/json",
    };
    plain_header(&mut headers, "content-type", media)?;
    Ok(Call {
        to,
        method: Method::POST,
        url: super::exchange::address(base, session.path)?,
        headers,
        body: super::exchange::body(session.body(user, password)),
        deadline: until,
        body_cap: BODY_CAP,
        expects: Expects::Anything,
        retries: 1,
        // A login twice is two sessions, of which one ends by itself.
        may_repeat: true,
    })
}

fn begun(session: &Session, received: &crate::upstream::Received, secret: Option<&Secret>) -> Result<Fresh, Trouble> {
    let status = received.status.as_u16();
    if status >= 400 {
        let trouble = sources::of_status(status, &without_secrets(received.body.to_vec(), &[secret]));
        let kind = if status < 500 && status != 429 { TroubleKind::Unauthorized } else { trouble.kind };
        return Err(Trouble { kind, ..trouble });
    }
    ticket(session, received).ok_or_else(|| Trouble::new(TroubleKind::Unauthorized, "the login was not accepted"))
}
