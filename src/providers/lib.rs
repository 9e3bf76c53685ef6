//! Who is asked about an observable: what each provider is, how it is asked, how its answer is read.
//!
//! No provider opens a socket, reads a clock or waits: it returns a [`Request`] and reads [`Answer`]s. Deadlines, caches,
//! budgets, retries and redaction are the runner's, for all of them alike.

mod abusech;
mod answer;
mod countries;
pub mod custom;
mod facts;
mod fields;
mod lenient;
mod list;
mod maxmind;
#[cfg(test)]
mod mutations;
mod provider;
mod reading;
#[cfg(test)]
mod recorded;
mod records;
mod request;
mod retry_after;
#[cfg(test)]
mod testing;

pub use answer::{Answer, HttpAnswer, Misread};
pub use countries::country_name;
pub use facts::{Audience, Auth, Facts, Purpose, QueryType, SideEffect, Window};
pub use list::{Entry, Key, ListFacts, ListSource, Listing, Parse};
pub use maxmind::{GeoRecord, geo};
pub use provider::{Bulk, Provider, Question, Search, SearchReading, SystemRegistry};
pub use reading::Reading;
pub use request::{Body, HttpRequest, Method, Request, TextRequest};
pub use retry_after::retry_after;

/// Declares the modules and the list of providers from one table.
macro_rules! providers {
    ($($module:ident :: $provider:ident,)*) => {
        $(mod $module;)*

        /// Every provider that is built in, in alphabetical order.
        pub static ALL: &[&dyn Provider] = &[$(&$module::$provider,)*];

        /// What each of them was once answered, for the tests that all have to pass.
        #[cfg(test)]
        static EXAMPLES: &[(&dyn Provider, &[testing::Example])] = &[$((&$module::$provider, $module::tests::EXAMPLES),)*];
    };
}

providers! {
    abuseipdb::AbuseIpDb,
    binaryedge::BinaryEdge,
    crowdsec::CrowdSec,
    crtsh::CrtSh,
    cyberint::Cyberint,
    cymru::Cymru,
    defender_ti::DefenderTi,
    feodo::Feodo,
    greynoise::GreyNoise,
    internetdb::InternetDb,
    intsights::IntSights,
    ip_api::IpApi,
    ipinfo::IpInfo,
    ipqualityscore::IpQualityScore,
    ipstack::IpStack,
    malwarebazaar::MalwareBazaar,
    microsoft_sentinel::MicrosoftSentinel,
    misp::Misp,
    opencti::OpenCti,
    openpagerank::OpenPageRank,
    otx::Otx,
    pulsedive::Pulsedive,
    radb::Radb,
    rdap::Rdap,
    riskiq::RiskIq,
    servicenow::ServiceNow,
    shodan::Shodan,
    spamhaus_drop::SpamhausDrop,
    spamhaus_drop_v6::SpamhausDropV6,
    sslbl::SslBl,
    threatfox::ThreatFox,
    tor::Tor,
    urlhaus::UrlHaus,
    urlscan::UrlScan,
    virustotal::VirusTotal,
    whois::Whois,
    xforce::XForce,
}

/// The first answer, which the runner promises is there.
fn first(answers: &[Answer]) -> Result<&Answer, Misread> {
    answers.first().ok_or(Misread::WrongKind)
}
