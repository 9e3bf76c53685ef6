//! The sets of data that Defender TI keeps about hosts: where each lies below a host, and what its records are. The query
//! types have PassiveTotal's names, so that one question can be put to both.
//! <https://learn.microsoft.com/graph/api/resources/security-host>

use model::ObservableKind::{self, Domain, Hostname, Ipv4, Ipv6};

use crate::{QueryType, SideEffect, records::Records};

/// One set of data.
pub(super) struct Dataset {
    /// Name of the query type.
    pub(super) name: &'static str,
    /// Where it lies below the host.
    pub(super) path: &'static str,
    /// What is told of each record.
    pub(super) records: Records,
}

pub(super) const HOST: &[ObservableKind] = &[Ipv4, Ipv6, Domain, Hostname];
const NAME: &[ObservableKind] = &[Domain, Hostname];

const fn about(name: &'static str, kinds: &'static [ObservableKind]) -> QueryType {
    QueryType { name, kinds, side_effect: SideEffect::Passive }
}

/// All that can be asked, in alphabetical order: the sets, and what has readers of its own.
pub(super) const QUERY_TYPES: &[QueryType] = &[
    about("articles", HOST),
    about("certificates", HOST),
    about("components", HOST),
    about("cookies", HOST),
    about("hostpairchildren", HOST),
    about("hostpairparents", HOST),
    about("hostpairs", HOST),
    about("passivedns", HOST),
    about("passivednsreverse", HOST),
    about("rep", HOST),
    about("services", HOST),
    about("subdomains", NAME),
    about("trackers", HOST),
    about("whois", HOST),
];

const SEEN: &[(&str, &str)] = &[("first_seen", "/firstSeenDateTime"), ("last_seen", "/lastSeenDateTime")];

const PAIRS: Records = Records {
    texts: &[("parent", "/parentHost/id"), ("child", "/childHost/id"), ("cause", "/linkKind")],
    times: SEEN,
    hosts: &["/parentHost/id", "/childHost/id"],
    ..Records::NONE
};

const PASSIVE_DNS: Records = Records {
    texts: &[("value", "/artifact/id"), ("type", "/recordType"), ("host", "/parentHost/id")],
    times: SEEN,
    hosts: &["/artifact/id", "/parentHost/id"],
    ..Records::NONE
};

/// The sets.
static ALL: &[Dataset] = &[
    Dataset {
        name: "articles",
        // Not below the host: what is found by its name.
        path: "",
        records: Records {
            texts: &[("title", "/title"), ("summary", "/summary/content"), ("tags", "/tags"), ("id", "/id")],
            times: &[("published_at", "/createdDateTime"), ("updated_at", "/lastUpdatedDateTime")],
            ..Records::NONE
        },
    },
    Dataset {
        name: "certificates",
        path: "/sslCertificates",
        records: Records {
            texts: &[
                ("sha1", "/sslCertificate/sha1"),
                ("subject", "/sslCertificate/subject/commonName"),
                ("issuer", "/sslCertificate/issuer/commonName"),
                ("serial_number", "/sslCertificate/serialNumber"),
            ],
            times: &[
                ("not_before", "/sslCertificate/issueDateTime"),
                ("not_after", "/sslCertificate/expirationDateTime"),
                ("first_seen", "/firstSeenDateTime"),
                ("last_seen", "/lastSeenDateTime"),
            ],
            hosts: &["/sslCertificate/subject/commonName", "/sslCertificate/subject/alternateName"],
            ..Records::NONE
        },
    },
    Dataset {
        name: "components",
        path: "/components",
        records: Records {
            texts: &[("category", "/category"), ("name", "/name"), ("version", "/version"), ("host", "/host/id")],
            times: SEEN,
            hosts: &["/host/id"],
            ..Records::NONE
        },
    },
    Dataset {
        name: "cookies",
        path: "/cookies",
        records: Records {
            texts: &[("name", "/name"), ("domain", "/domain"), ("host", "/host/id")],
            times: SEEN,
            hosts: &["/host/id"],
            ..Records::NONE
        },
    },
    Dataset { name: "hostpairchildren", path: "/childHostPairs", records: PAIRS },
    Dataset { name: "hostpairparents", path: "/parentHostPairs", records: PAIRS },
    Dataset { name: "hostpairs", path: "/hostPairs", records: PAIRS },
    Dataset { name: "passivedns", path: "/passiveDns", records: PASSIVE_DNS },
    Dataset { name: "passivednsreverse", path: "/passiveDnsReverse", records: PASSIVE_DNS },
    Dataset {
        name: "services",
        path: "/ports",
        records: Records {
            texts: &[
                ("port", "/port"),
                ("protocol", "/protocol"),
                ("status", "/status"),
                ("service", "/services/0/component/name"),
                ("times_observed", "/timesObserved"),
            ],
            times: SEEN,
            ..Records::NONE
        },
    },
    Dataset {
        name: "subdomains",
        path: "/subdomains",
        records: Records {
            texts: &[("host", "/host/id")],
            times: &[("first_seen", "/firstSeenDateTime")],
            // Which of the two is the name depends on the version of the API.
            hosts: &["/host/id", "/id"],
            ..Records::NONE
        },
    },
    Dataset {
        name: "trackers",
        path: "/trackers",
        records: Records {
            texts: &[("type", "/kind"), ("value", "/value"), ("host", "/host/id")],
            times: SEEN,
            hosts: &["/host/id"],
            ..Records::NONE
        },
    },
];

/// The set of this name.
pub(super) fn named(name: &str) -> Option<&'static Dataset> {
    ALL.iter().find(|dataset| dataset.name == name)
}
