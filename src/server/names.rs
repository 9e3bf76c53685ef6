//! What names and URLs are made of. Nobody is asked.

mod domain;
mod url;

pub(crate) use self::{domain::DomainParts, url::UrlParts};
