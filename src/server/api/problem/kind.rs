//! The table of problems: status, address, title and explanation of each kind of failure that a caller can meet.

use actix_web::http::StatusCode;
use model::Fault;

/// One row of the table.
pub(super) struct Row {
    /// The HTTP status.
    pub(super) status: u16,
    /// The address of its explanation; the last part is its name.
    pub(super) address: &'static str,
    /// The same words for every occurrence.
    pub(super) title: &'static str,
    /// What the caller can do about it.
    pub(super) explanation: &'static str,
}

/// Declares the kinds and their rows from one table.
macro_rules! kinds {
    ($($kind:ident $status:literal $name:literal $title:literal $explanation:literal)*) => {
        /// Which problem it is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Kind {
            $(
                #[doc = $title]
                $kind,
            )*
        }

        impl Kind {
            /// All kinds, in the order of their statuses.
            pub(super) const ALL: &'static [Self] = &[$(Self::$kind,)*];

            pub(super) const fn row(self) -> Row {
                match self {
                    $(Self::$kind => Row {
                        status: $status,
                        address: concat!("/problems/", $name),
                        title: $title,
                        explanation: $explanation,
                    },)*
                }
            }
        }
    };
}

kinds! {
    Invalid 400 "invalid" "The request cannot be understood"
        "The body, the query string or the path is not what the operation expects. `errors` points to each place. \
         Sending the same request again will fail again."
    Unauthenticated 401 "unauthenticated" "Who is calling is not known"
        "Send an API key in `X-API-Key`, or an API key or a token in `Authorization: Bearer`. `detail` says what is \
         wrong with the one that was sent."
    Denied 403 "denied" "The caller may not do that"
        "The caller is known and lacks the scope that the operation needs, or a rule of this installation forbids it."
    Missing 404 "missing" "There is no such thing"
        "Neither the path nor the thing that it names exists. `/docs` lists the operations."
    MethodNotAllowed 405 "method-not-allowed" "The path does not know this method"
        "The path exists and answers other methods: `Allow` lists them."
    NotAcceptable 406 "not-acceptable" "The answer has none of the accepted forms"
        "`Accept` or `Accept-Encoding` names only forms that this operation cannot give."
    RequestTimeout 408 "request-timeout" "The request took too long to arrive"
        "The body was not complete in time. It is safe to send the request again."
    Conflict 409 "conflict" "The state of the thing forbids it now"
        "Something changed since it was read, or is still running. Read it again and decide."
    Stale 412 "changed-meanwhile" "The thing has changed since it was read"
        "What was sent was meant for an earlier state of the thing. Read it again, decide again, and send its new `etag`."
    TooLarge 413 "too-large" "A size limit was passed"
        "`detail` names the limit. Split the request."
    BodyTooLarge 413 "body-too-large" "The body is too large"
        "The body, after decompression, is larger than this installation accepts; `detail` names the limit. Split the \
         request."
    TooDeep 413 "too-deep" "The JSON is nested too deeply"
        "Arrays and objects are nested deeper than this installation accepts; `detail` names the limit."
    TooManyItems 413 "too-many-items" "Too many items in one call"
        "One call carries more items than this installation accepts; `detail` names the limit. Split the request."
    UnsupportedMediaType 415 "unsupported-media-type" "The body has a form that is not understood"
        "Send `Content-Type: application/json`, or what else `Accept` in the answer names, in UTF-8, plain or with `Content-Encoding: gzip`, `deflate` or `zstd`."
    Unsupported 422 "unsupported" "This installation cannot do that"
        "The request is understood, and what it asks for is not configured or not possible here."
    Exhausted 429 "exhausted" "A rate or concurrency limit was reached"
        "This caller sends too many requests, or has too many running at once. `RateLimit-Policy` names the limits, \
         `Retry-After` says when to go on. The limits of third parties are never answered so: they are outcomes in \
         the result."
    Internal 500 "internal" "Something is wrong on our side"
        "A defect of the service; the log has the cause under `trace_id`."
    Upstream 502 "upstream" "Another service failed"
        "A service that this operation cannot do without gave no usable answer; the log has the cause under `trace_id`."
    Unavailable 503 "unavailable" "Not now"
        "The service is starting, draining or overloaded, or something that it cannot do without is away. \
         `Retry-After` says when to try again."
    Timeout 504 "timeout" "It took too long"
        "The operation was not finished in time. Lookups that are late are no problem: they are outcomes in the result."
}

impl Kind {
    /// The HTTP status.
    pub(crate) fn status(self) -> StatusCode {
        StatusCode::from_u16(self.row().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The name in addresses and logs.
    pub(crate) fn name(self) -> &'static str {
        let address = self.row().address;
        address.rsplit_once('/').map_or(address, |(_, name)| name)
    }

    /// Whether the service is to blame, so that no detail may leave it.
    pub(crate) const fn is_ours(self) -> bool {
        self.row().status >= 500
    }

    /// The kind that comes closest to a status which the framework chose.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::Unauthenticated,
            403 => Self::Denied,
            404 => Self::Missing,
            405 => Self::MethodNotAllowed,
            406 => Self::NotAcceptable,
            408 => Self::RequestTimeout,
            409 => Self::Conflict,
            413 => Self::BodyTooLarge,
            415 => Self::UnsupportedMediaType,
            429 => Self::Exhausted,
            503 => Self::Unavailable,
            504 => Self::Timeout,
            400..500 => Self::Invalid,
            _ => Self::Internal,
        }
    }
}

impl From<Fault> for Kind {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Invalid => Self::Invalid,
            Fault::Missing => Self::Missing,
            Fault::Unsupported => Self::Unsupported,
            Fault::Denied => Self::Denied,
            Fault::Conflict => Self::Conflict,
            Fault::TooLarge => Self::TooLarge,
            Fault::Exhausted => Self::Exhausted,
            Fault::Upstream => Self::Upstream,
            Fault::Timeout => Self::Timeout,
            Fault::Unavailable => Self::Unavailable,
            Fault::Internal => Self::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_kind_has_its_own_name_and_an_error_status() {
        let names: HashSet<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert!(kind.status().is_client_error() || kind.status().is_server_error(), "{kind:?}");
            assert_eq!(kind.is_ours(), kind.status().is_server_error(), "{kind:?}");
            assert!(!kind.name().contains('/'));
        }
    }

    #[test]
    fn a_status_of_the_framework_finds_its_kind() {
        assert_eq!(Kind::of_status(StatusCode::NOT_FOUND), Kind::Missing);
        assert_eq!(Kind::of_status(StatusCode::IM_A_TEAPOT), Kind::Invalid);
        assert_eq!(Kind::of_status(StatusCode::HTTP_VERSION_NOT_SUPPORTED), Kind::Internal);
    }
}
