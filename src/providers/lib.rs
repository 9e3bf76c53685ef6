//! Who is asked about an observable: what each provider is, how it is asked, how its answer is read.
//!
//! No provider opens a socket, reads a clock or waits: it returns a [`Request`] and reads [`Answer`]s. Deadlines, caches,
//! budgets, retries and redaction are the runner's, for all of them alike.

mod answer;
mod facts;
mod list;
mod provider;
mod reading;
mod request;

pub use answer::{Answer, HttpAnswer, Misread};
pub use facts::{Auth, Facts, QueryType, SideEffect, Window};
pub use list::{Entry, Key, ListFacts, Listing};
pub use provider::{Provider, Question};
pub use reading::Reading;
pub use request::{Body, HttpRequest, Method, Request};

/// Declares the modules and the list of providers from one table.
macro_rules! providers {
    ($($module:ident :: $provider:ident,)*) => {
        $(mod $module;)*

        /// Every provider that is built in, in alphabetical order.
        pub static ALL: &[&dyn Provider] = &[$(&$module::$provider,)*];
    };
}

providers! {
    abuseipdb::AbuseIpDb,
}

/// The first answer, which the runner promises is there.
fn first(answers: &[Answer]) -> Result<&Answer, Misread> {
    answers.first().ok_or(Misread::WrongKind)
}
