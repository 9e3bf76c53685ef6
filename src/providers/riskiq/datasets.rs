//! The sets of data that PassiveTotal keeps about hosts: where each is asked for, and what its records are.
//! <https://api.riskiq.net/api/host_attributes.html>

use model::ObservableKind::{self, Domain, Hostname, Ipv4};

use crate::{QueryType, SideEffect, records::Records};

/// One set of data.
pub(super) struct Dataset {
    /// MSTICPy's name of the query type.
    pub(super) name: &'static str,
    /// Where it is asked for.
    pub(super) path: &'static str,
    /// A parameter beside the host.
    pub(super) parameter: Option<(&'static str, &'static str)>,
    /// Where the answer has the records.
    pub(super) rows: &'static str,
    /// What is told of each.
    pub(super) records: Records,
}

const HOST: &[ObservableKind] = &[Ipv4, Domain, Hostname];

const fn about(name: &'static str, kinds: &'static [ObservableKind]) -> QueryType {
    QueryType { name, kinds, side_effect: SideEffect::Passive }
}

/// All that can be asked, in alphabetical order: the sets, and what has readers of its own.
pub(super) const QUERY_TYPES: &[QueryType] = &[
    about("articles", HOST),
    about("artifacts", HOST),
    about("certificates", HOST),
    about("components", HOST),
    about("cookies", HOST),
    about("hostpairchildren", HOST),
    about("hostpairparents", HOST),
    about("malware", HOST),
    about("passivedns", HOST),
    about("projects", HOST),
    about("rep", HOST),
    about("services", &[Ipv4]),
    about("subdomains", &[Domain, Hostname]),
    about("summary", HOST),
    about("trackers", HOST),
    about("whois", HOST),
];

const SEEN: &[(&str, &str)] = &[("first_seen", "/firstSeen"), ("last_seen", "/lastSeen")];

const PAIRS: Records = Records {
    texts: &[("parent", "/parent"), ("child", "/child"), ("cause", "/cause")],
    times: SEEN,
    hosts: &["/parent", "/child"],
    ..Records::NONE
};

const DEFAULT: Dataset =
    Dataset { name: "", path: "", parameter: None, rows: "/results", records: Records::NONE };

/// The sets.
pub(super) static ALL: &[Dataset] = &[
    Dataset {
        name: "articles",
        path: "/articles/indicator",
        rows: "/articles",
        records: Records {
            texts: &[("title", "/title"), ("type", "/type"), ("link", "/link"), ("tags", "/tags")],
            times: &[("published_at", "/publishedDate"), ("published_at", "/publishDate")],
            ..Records::NONE
        },
        ..DEFAULT
    },
    Dataset {
        name: "artifacts",
        path: "/artifact",
        rows: "/artifacts",
        records: Records {
            texts: &[("value", "/query"), ("type", "/type"), ("project", "/project"), ("owner", "/owner"), ("tags", "/tags")],
            times: &[("created_at", "/created")],
            ..Records::NONE
        },
        ..DEFAULT
    },
    Dataset {
        name: "certificates",
        path: "/ssl-certificate/history",
        records: Records {
            texts: &[("sha1", "/sha1"), ("ip_addresses", "/ipAddresses")],
            times: SEEN,
            hosts: &["/ipAddresses"],
            ..Records::NONE
        },
        ..DEFAULT
    },
    Dataset {
        name: "components",
        path: "/host-attributes/components",
        records: Records {
            texts: &[("category", "/category"), ("name", "/label"), ("version", "/version"), ("host", "/hostname")],
            times: SEEN,
            hosts: &["/hostname", "/address"],
            ..Records::NONE
        },
        ..DEFAULT
    },
    Dataset {
        name: "cookies",
        path: "/host-attributes/cookies",
        records: Records {
            texts: &[("name", "/cookieName"), ("domain", "/cookieDomain"), ("host", "/hostname")],
            times: SEEN,
            hosts: &["/hostname"],
            ..Records::NONE
        },
        ..DEFAULT
    },
    Dataset {
        name: "hostpairchildren",
        path: "/host-attributes/pairs",
        parameter: Some(("direction", "children")),
        records: PAIRS,
        ..DEFAULT
    },
    Dataset {
        name: "hostpairparents",
        path: "/host-attributes/pairs",
        parameter: Some(("direction", "parents")),
        records: PAIRS,
        ..DEFAULT
    },
    Dataset {
        name: "malware",
        path: "/enrichment/malware",
        records: Records {
            texts: &[("sample", "/sample"), ("source", "/source")],
            times: &[("collected_at", "/collectionDate")],
            files: &["/sample"],
            ..Records::NONE
        },
        ..DEFAULT
    },
    Dataset {
        name: "passivedns",
        path: "/dns/passive",
        records: Records {
            texts: &[("value", "/resolve"), ("type", "/recordType")],
            times: SEEN,
            hosts: &["/resolve"],
            ..Records::NONE
        },
        ..DEFAULT
    },
    Dataset {
        name: "projects",
        path: "/project",
        records: Records {
            texts: &[("name", "/name"), ("owner", "/owner"), ("visibility", "/visibility"), ("tags", "/tags")],
            times: &[("created_at", "/created")],
            ..Records::NONE
        },
        ..DEFAULT
    },
    Dataset {
        name: "services",
        path: "/services",
        records: Records {
            texts: &[("port", "/portNumber"), ("protocol", "/protocol"), ("status", "/status"), ("services", "/currentServices")],
            times: SEEN,
            ..Records::NONE
        },
        ..DEFAULT
    },
    Dataset {
        name: "trackers",
        path: "/host-attributes/trackers",
        records: Records {
            texts: &[("type", "/attributeType"), ("value", "/attributeValue"), ("host", "/hostname")],
            times: SEEN,
            hosts: &["/hostname"],
            ..Records::NONE
        },
        ..DEFAULT
    },
];

/// The set of this name.
pub(super) fn named(name: &str) -> Option<&'static Dataset> {
    ALL.iter().find(|dataset| dataset.name == name)
}
