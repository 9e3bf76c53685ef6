//! Resources and applications in the cloud.

use super::{
    Class,
    Holds::{Integer, List, Text},
    of,
};
pub(super) const AZURE_RESOURCE: Class = Class {
    name: "azure_resource",
    title: "Azure resource",
    alert: "azure-resource",
    arm: "AzureResource",
    aliases: &[],
    main: "resource_id",
    identifiers: &[&["resource_id"]],
    attributes: &[
        of("resource_id", "ResourceId", "resourceId", Text),
        of("subscription_id", "SubscriptionId", "subscriptionId", Text),
        of("resource_type", "ResourceType", "", Text),
        of("resource_name", "ResourceName", "", Text),
        of("active_contacts", "ActiveContacts", "", List),
    ],
};

pub(super) const CLOUD_APPLICATION: Class = Class {
    name: "cloud_application",
    title: "Cloud application",
    alert: "cloud-application",
    arm: "CloudApplication",
    aliases: &[],
    main: "name",
    identifiers: &[
        &["app_id"],
        &["app_id", "instance_name"],
        &["saas_id"],
        &["saas_id", "instance_name"],
        &["name", "instance_name"],
    ],
    attributes: &[
        of("name", "Name", "appName", Text),
        of("app_id", "AppId", "appId", Integer),
        of("saas_id", "SaasId", "", Integer),
        of("instance_name", "InstanceName", "instanceName", Text),
        of("instance_id", "InstanceId", "", Integer),
        of("risk", "Risk", "", Text),
    ],
};

pub(super) const OAUTH_APPLICATION: Class = Class {
    name: "oauth_application",
    title: "OAuth application",
    alert: "oauth-application",
    arm: "",
    aliases: &[],
    main: "name",
    identifiers: &[&["oauth_app_id"], &["oauth_object_id"]],
    attributes: &[
        of("oauth_app_id", "OAuthAppId", "", Text),
        of("oauth_object_id", "OAuthObjectId", "", Text),
        of("tenant_id", "TenantId", "", Text),
        of("name", "Name", "", Text),
        of("publisher_name", "PublisherName", "", Text),
        of("risk", "Risk", "", Text),
        of("permissions", "Permissions", "", List),
        of("redirect_urls", "RedirectURLs", "", List),
        of("authorized_by", "AuthorizedBy", "", Text),
    ],
};

pub(super) const SERVICE_PRINCIPAL: Class = Class {
    name: "service_principal",
    title: "Service principal",
    alert: "service-principal",
    arm: "",
    aliases: &[],
    main: "service_principal_name",
    identifiers: &[&["service_principal_object_id"], &["app_id", "tenant_id"]],
    attributes: &[
        of("service_principal_name", "ServicePrincipalName", "", Text),
        of("service_principal_object_id", "ServicePrincipalObjectId", "", Text),
        of("app_id", "AppId", "", Text),
        of("app_owner_tenant_id", "AppOwnerTenantId", "", Text),
        of("tenant_id", "TenantId", "", Text),
        of("service_principal_type", "ServicePrincipalType", "", Text),
    ],
};
