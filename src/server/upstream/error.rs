//! How calls fail. The texts name no address, host, header or value.

use model::{Fault, Faulty};

use crate::telemetry::CallOutcome;

/// Why a call brought no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Not `http` or `https`, no host, or with a user name or password in it.
    #[error("the address to call is not usable")]
    BadUrl,
    /// A header name or value that HTTP does not allow, such as a key with a line break.
    #[error("a header of the call is not usable")]
    BadHeader,
    /// The host has no address but such as are not global and that no setting allows.
    #[error("the address to call is not allowed")]
    Denied,
    /// The host has no address, or no name server said so.
    #[error("the host could not be resolved")]
    Resolve,
    /// No connection within the time that the settings give it.
    #[error("no connection could be made")]
    Connect,
    /// No connection to or through the proxy.
    #[error("the proxy did not make the connection")]
    Proxy,
    /// The certificate is not trusted, or no common protocol.
    #[error("no secure connection could be agreed on")]
    Tls,
    /// The connection was lost, or what came over it was not HTTP, before there was an answer.
    #[error("the connection was lost before an answer came")]
    Reset,
    /// The answer ended in the middle.
    #[error("the answer was cut off")]
    Truncated,
    /// The answer is longer than the call accepts.
    #[error("the answer is longer than {limit} bytes")]
    TooLarge {
        /// The cap of the call.
        limit: usize,
    },
    /// The answer is compressed in a way that was not offered, or damaged.
    #[error("the answer could not be decompressed")]
    NotDecodable,
    /// A page for people where data was expected.
    #[error("the answer is a page where data was expected")]
    ContentType,
    /// The redirects did not end.
    #[error("too many redirects")]
    TooManyRedirects,
    /// A redirect to something that is not to be followed: an unusable address, from `https` to `http`, or one that
    /// would take a body to another origin.
    #[error("a redirect could not be followed")]
    BadRedirect,
    /// The deadline passed.
    #[error("the deadline passed")]
    Timeout,
}

impl SendError {
    /// The name of its kind in metrics and spans.
    pub const fn outcome(&self) -> CallOutcome {
        match self {
            Self::BadUrl | Self::BadHeader | Self::Denied | Self::BadRedirect => CallOutcome::Forbidden,
            Self::Resolve | Self::Connect | Self::Proxy | Self::Tls => CallOutcome::Unreachable,
            Self::Reset | Self::Truncated | Self::TooManyRedirects => CallOutcome::Failed,
            Self::TooLarge { .. } | Self::NotDecodable | Self::ContentType => CallOutcome::Unreadable,
            Self::Timeout => CallOutcome::Timeout,
        }
    }
}

impl Faulty for SendError {
    fn fault(&self) -> Fault {
        match self {
            Self::BadUrl | Self::BadHeader => Fault::Invalid,
            Self::Denied => Fault::Denied,
            Self::Timeout => Fault::Timeout,
            _ => Fault::Upstream,
        }
    }
}

/// Why the way out could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// `egress.ca_file` cannot be read.
    #[error("the file of further certificates cannot be read")]
    CaFileUnreadable(#[source] std::io::Error),
    /// `egress.ca_file` holds no certificate, or a broken one.
    #[error("the file of further certificates holds no usable certificate")]
    CaFileInvalid,
    /// `egress.proxy` is not the address of a proxy.
    #[error("the proxy is not an http, https, socks5 or socks5h address")]
    BadProxy,
    /// Neither the system nor the settings give a trusted certificate.
    #[error("no trusted certificates: install the system's, or set a file of them")]
    NoTrust,
    /// The system's name servers cannot be read, and the settings give none.
    #[error("the system's name servers cannot be read")]
    NoNameServers,
}

impl Faulty for UpstreamError {
    fn fault(&self) -> Fault {
        Fault::Internal
    }
}
