//! Data environments: the kinds of systems that a template is written for, by MSTICPy's names and some of our own.

use std::{borrow::Cow, fmt};

use crate::Dialect;

/// Name, aliases, language.
type Row = (&'static str, &'static [&'static str], Dialect);

const KNOWN: &[Row] = &[
    (
        "MSSentinel",
        &["AzureSentinel", "LogAnalytics", "MSSentinel_New", "MSSentinel_Legacy", "MSSentinel_KQLM"],
        Dialect::Kql,
    ),
    ("MSSentinelSearch", &[], Dialect::Kql),
    ("Kusto", &["AzureDataExplorer", "Kusto_New", "Kusto_Legacy", "Kusto_KQLM"], Dialect::Kql),
    ("MDE", &["MDATP"], Dialect::Kql),
    ("M365D", &[], Dialect::Kql),
    ("M365DGraph", &["GraphHunting"], Dialect::Kql),
    ("MSGraph", &["SecurityGraph"], Dialect::OData),
    ("ResourceGraph", &[], Dialect::Kql),
    ("LocalData", &["Local"], Dialect::Kql),
    ("OTRF", &["Mordor"], Dialect::Kql),
    ("OSQueryLogs", &["OSQuery"], Dialect::Kql),
    ("VelociraptorLogs", &["Velociraptor"], Dialect::Kql),
    ("Splunk", &[], Dialect::Spl),
    ("Sumologic", &["SumoLogic"], Dialect::Sumo),
    ("Elastic", &["Elasticsearch", "OpenSearch"], Dialect::ElasticJson),
    ("Cybereason", &[], Dialect::CybereasonJson),
    ("Prismacloud", &["PrismaCloud"], Dialect::Rql),
    ("OpenObserve", &[], Dialect::Sql),
    ("PostgreSQL", &["Postgres"], Dialect::Sql),
    ("ClickHouse", &[], Dialect::BackslashSql),
    ("CrowdStrike", &["Falcon", "LogScale"], Dialect::LogScale),
];

/// The environment of a template or a source. A name that is not known is one of the operator's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Environment(Cow<'static, str>);

impl Environment {
    /// The environment of that name or alias, in any case; of `X.Y` only `Y` counts, as in MSTICPy.
    pub fn named(text: &str) -> Self {
        let text = text.rsplit('.').next().unwrap_or(text).trim();
        match row(text) {
            Some((name, ..)) => Self(Cow::Borrowed(name)),
            None => Self(Cow::Owned(text.to_owned())),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// The language of its templates, unless they say otherwise. Of an unknown one nothing is known.
    pub fn dialect(&self) -> Dialect {
        row(&self.0).map_or(Dialect::Plain, |(.., dialect)| *dialect)
    }
}

fn row(text: &str) -> Option<&'static Row> {
    KNOWN.iter().find(|(name, aliases, _)| {
        name.eq_ignore_ascii_case(text) || aliases.iter().any(|alias| alias.eq_ignore_ascii_case(text))
    })
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_has_one_name_and_many_aliases() {
        for (text, name) in [
            ("LogAnalytics", "MSSentinel"),
            ("azuresentinel", "MSSentinel"),
            ("DataEnvironment.MDATP", "MDE"),
            ("SecurityGraph", "MSGraph"),
            ("OurOwn", "OurOwn"),
        ] {
            assert_eq!(Environment::named(text).name(), name);
        }
        assert_eq!(Environment::named("OurOwn").dialect(), Dialect::Plain);
        assert_eq!(Environment::named("Splunk").dialect(), Dialect::Spl);
    }
}
