//! The shapes of what else a workspace keeps: rules, watchlists, indicators, summaries.

use super::shapes::{Shape, USUAL};

const KIND: &[&str] = &["etag", "kind"];

/// See [`super::shapes::SHAPES`].
pub const MORE: &[Shape] = &[
    Shape {
        kind: "microsoft.securityinsights/alertrules",
        beside: KIND,
        properties: &[
            "displayName",
            "enabled",
            "description",
            "query",
            "severity",
            "tactics",
            "techniques",
            "suppressionEnabled",
            "suppressionDuration",
            "queryFrequency",
            "queryPeriod",
            "triggerOperator",
            "triggerThreshold",
            "entityMappings",
            "customDetails",
            "alertDetailsOverride",
            "eventGroupingSettings",
            "incidentConfiguration",
            "alertRuleTemplateName",
            "templateVersion",
        ],
        required: &[
            "displayName",
            "enabled",
            "severity",
            "query",
            "queryFrequency",
            "queryPeriod",
            "triggerOperator",
            "triggerThreshold",
            "suppressionEnabled",
            "suppressionDuration",
        ],
        words: &[
            ("severity", &["High", "Medium", "Low", "Informational"]),
            ("triggerOperator", &["GreaterThan", "LessThan", "Equal", "NotEqual"]),
        ],
        ..USUAL
    },
    Shape {
        kind: "microsoft.securityinsights/watchlists",
        properties: &[
            "displayName",
            "provider",
            "source",
            "sourceType",
            "description",
            "numberOfLinesToSkip",
            "rawContent",
            "itemsSearchKey",
            "contentType",
            "labels",
        ],
        required: &["displayName", "provider", "itemsSearchKey"],
        words: &[("contentType", &["text/csv"]), ("sourceType", &["Local file", "Remote storage"])],
        longest: &[("rawContent", 3_800_000)],
        ..USUAL
    },
    Shape {
        kind: "microsoft.securityinsights/watchlists/watchlistitems",
        properties: &["itemsKeyValue", "entityMapping"],
        required: &["itemsKeyValue"],
        ..USUAL
    },
    Shape {
        kind: "microsoft.securityinsights/threatintelligence/indicators",
        beside: KIND,
        properties: &[
            "threatIntelligenceTags",
            "source",
            "displayName",
            "description",
            "indicatorTypes",
            "pattern",
            "patternType",
            "patternVersion",
            "killChainPhases",
            "parsedPattern",
            "externalId",
            "createdByRef",
            "defanged",
            "externalReferences",
            "granularMarkings",
            "labels",
            "revoked",
            "confidence",
            "objectMarkingRefs",
            "language",
            "threatTypes",
            "validFrom",
            "validUntil",
            "extensions",
        ],
        required: &["pattern", "patternType", "source", "displayName"],
        ..USUAL
    },
    Shape {
        kind: "microsoft.securityinsights/dynamicsummaries",
        properties: &[
            "summaryId",
            "summaryName",
            "summaryDescription",
            "tenantId",
            "azureTenantId",
            "relationName",
            "relationId",
            "searchKey",
            "tactics",
            "techniques",
            "sourceInfo",
            "rawContent",
        ],
        required: &["summaryId", "summaryName"],
        ..USUAL
    },
];
