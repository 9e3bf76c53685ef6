//! The version of each resource type's interface that is spoken: the newest stable one, or the newest preview where there is
//! none.
//!
//! Source of each: the folders of <https://github.com/Azure/azure-rest-api-specs>, `specification/<area>/resource-manager`,
//! as of November 2026.

/// `Microsoft.SecurityInsights`: incidents with comments and relations, bookmarks, watchlists, rules and their templates, data
/// connectors, indicators (`securityinsights`, stable).
pub const SECURITY_INSIGHTS: &str = "2025-09-01";

/// `Microsoft.SecurityInsights/dynamicSummaries`: there has never been a stable one (`securityinsights`, preview).
pub const DYNAMIC_SUMMARIES: &str = "2023-03-01-preview";

/// `Microsoft.SecurityInsights/alertRules` and their templates: the stable ones leave out rules that run all the time and rules of
/// threat intelligence (`securityinsights`, preview).
pub const ALERT_RULES: &str = "2025-07-01-preview";

/// The upload of threat intelligence, which has a server of its own
/// (<https://learn.microsoft.com/azure/sentinel/stix-objects-api>): there has never been a stable one.
pub const STIX_UPLOAD: &str = "2024-02-01-preview";

/// `Microsoft.OperationalInsights/workspaces`, with `savedSearches` and `tables`, which search jobs are (`operationalinsights`,
/// stable).
pub const OPERATIONAL_INSIGHTS: &str = "2025-07-01";

/// `/subscriptions` (`resources`, `Microsoft.Resources`, stable).
pub const SUBSCRIPTIONS: &str = "2022-12-01";

/// Resource groups, lists of resources, and what a resource type's versions are (`resources`, `Microsoft.Resources`, stable).
pub const RESOURCES: &str = "2025-04-01";

/// `Microsoft.ResourceGraph/resources` (`resourcegraph`, stable).
pub const RESOURCE_GRAPH: &str = "2024-04-01";

/// `Microsoft.Compute/virtualMachines` with their instance views (`compute`, stable).
pub const VIRTUAL_MACHINES: &str = "2025-04-01";

/// `Microsoft.Network`: interfaces, addresses, security groups (`network`, stable).
pub const NETWORK: &str = "2024-10-01";

/// `Microsoft.Insights/metrics` (`monitor`, stable).
pub const METRICS: &str = "2024-02-01";

/// `/metadata/endpoints`, which says for whom tokens of a cloud are.
pub const METADATA: &str = "2022-09-01";

/// All of them, with the resource types that they are for.
pub const ALL: &[(&str, &str)] = &[
    ("Microsoft.SecurityInsights", SECURITY_INSIGHTS),
    ("Microsoft.SecurityInsights/dynamicSummaries", DYNAMIC_SUMMARIES),
    ("threat-intelligence-stix-objects", STIX_UPLOAD),
    ("Microsoft.SecurityInsights/alertRules", ALERT_RULES),
    ("Microsoft.SecurityInsights/alertRuleTemplates", ALERT_RULES),
    ("Microsoft.OperationalInsights", OPERATIONAL_INSIGHTS),
    ("subscriptions", SUBSCRIPTIONS),
    ("Microsoft.Resources", RESOURCES),
    ("Microsoft.ResourceGraph", RESOURCE_GRAPH),
    ("Microsoft.Compute/virtualMachines", VIRTUAL_MACHINES),
    ("Microsoft.Network", NETWORK),
    ("Microsoft.Insights/metrics", METRICS),
    ("metadata", METADATA),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_is_a_date_and_only_what_no_stable_one_shows_whole_is_a_preview() {
        for (what, version) in ALL {
            let (date, rest) = version.split_at(10);
            assert!(chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d").is_ok(), "{what}: {version}");
            let lacks_stable = ["dynamicSummaries", "alertRules", "alertRuleTemplates", "stix-objects"]
                .iter()
                .any(|end| what.ends_with(end));
            assert!(rest.is_empty() || lacks_stable, "{what}: {version}");
        }
    }
}
