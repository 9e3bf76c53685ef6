//! What VirusTotal can be asked besides its usual question: relationships by VirusTotal's own names, as MSTICPy's pivots have
//! them too, and what a file did in the sandboxes. <https://docs.virustotal.com/reference/file-object>
//!
//! Many relationships need a premium key; without one VirusTotal answers that the key may not see them.

use model::ObservableKind::{self, Domain, Hostname, Ipv4, Ipv6, Md5, Sha1, Sha256, Url};

use crate::{QueryType, SideEffect};

const FILE: &[ObservableKind] = &[Md5, Sha1, Sha256];
const NAME: &[ObservableKind] = &[Domain, Hostname];
const URL: &[ObservableKind] = &[Url];
const NETWORK: &[ObservableKind] = &[Ipv4, Ipv6, Domain, Hostname];
const NETWORK_AND_URL: &[ObservableKind] = &[Ipv4, Ipv6, Domain, Hostname, Url];
const FILE_AND_URL: &[ObservableKind] = &[Md5, Sha1, Sha256, Url];

/// The question what a file did when it was run.
pub(super) const BEHAVIOUR: &str = "behaviour";

const fn about(name: &'static str, kinds: &'static [ObservableKind]) -> QueryType {
    QueryType { name, kinds, side_effect: SideEffect::Passive }
}

/// All of them, in alphabetical order.
pub(super) const ALL: &[QueryType] = &[
    about(BEHAVIOUR, FILE),
    about("bundled_files", FILE),
    about("caa_records", NAME),
    about("cname_records", NAME),
    about("communicating_files", NETWORK_AND_URL),
    about("compressed_parents", FILE),
    about("contacted_domains", FILE_AND_URL),
    about("contacted_ips", FILE_AND_URL),
    about("contacted_urls", FILE),
    about("downloaded_files", NETWORK_AND_URL),
    about("dropped_files", FILE),
    about("email_attachments", FILE),
    about("email_parents", FILE),
    about("embedded_domains", FILE),
    about("embedded_ips", FILE),
    about("embedded_urls", FILE),
    about("execution_parents", FILE),
    about("historical_ssl_certificates", NETWORK),
    about("historical_whois", NETWORK),
    about("immediate_parent", NAME),
    about("itw_domains", FILE),
    about("itw_ips", FILE),
    about("itw_urls", FILE),
    about("last_serving_ip_address", URL),
    about("mx_records", NAME),
    about("network_location", URL),
    about("ns_records", NAME),
    about("parent", NAME),
    about("redirecting_urls", URL),
    about("redirects_to", URL),
    about("referrer_files", NETWORK_AND_URL),
    about("referrer_urls", URL),
    about("resolutions", NETWORK),
    about("siblings", NAME),
    about("sigma_analysis", FILE),
    about("similar_files", FILE),
    about("soa_records", NAME),
    about("subdomains", NAME),
    about("urls", NETWORK),
];

/// Whether the related things say more than their ids: then they are asked for whole.
pub(super) fn is_told_whole(relationship: &str) -> bool {
    matches!(relationship, "resolutions" | "historical_whois" | "historical_ssl_certificates" | "sigma_analysis")
}

/// Whether there is one at most, so that there are no pages.
pub(super) fn is_to_one(relationship: &str) -> bool {
    matches!(
        relationship,
        "parent" | "immediate_parent" | "network_location" | "last_serving_ip_address" | "sigma_analysis"
    )
}
