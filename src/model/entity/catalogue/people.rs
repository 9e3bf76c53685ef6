//! Accounts, groups and their sessions.

use super::{
    Class,
    Holds::{Bool, Datetime, Entity, Text},
    of,
};
use crate::EntityKind;

pub(super) const ACCOUNT: Class = Class {
    name: "account",
    title: "Account",
    alert: "account",
    arm: "Account",
    aliases: &["user"],
    main: "name",
    // A local account is only known together with its host, which is why accounts on different hosts differ.
    identifiers: &[
        &["name", "nt_domain"],
        &["name", "nt_domain", "host"],
        &["name", "upn_suffix"],
        &["name", "dns_domain"],
        &["upn"],
        &["sid"],
        &["aad_user_id"],
        &["puid"],
        &["object_guid"],
    ],
    attributes: &[
        of("name", "Name", "accountName", Text),
        of("nt_domain", "NTDomain", "ntDomain", Text).also(&["domainName"]),
        of("dns_domain", "DnsDomain", "dnsDomain", Text),
        of("upn_suffix", "UPNSuffix", "upnSuffix", Text),
        of("upn", "Upn", "", Text).also(&["userPrincipalName"]),
        of("host", "Host", "hostEntityId", Entity(EntityKind::Host)),
        of("sid", "Sid", "sid", Text).also(&["userSid"]),
        of("aad_tenant_id", "AadTenantId", "aadTenantId", Text),
        of("aad_user_id", "AadUserId", "aadUserId", Text).also(&["azureAdUserId"]),
        of("puid", "PUID", "puid", Text),
        of("is_domain_joined", "IsDomainJoined", "isDomainJoined", Bool),
        of("display_name", "DisplayName", "displayName", Text),
        of("object_guid", "ObjectGuid", "objectGuid", Text),
        of("logon_id", "LogonId", "", Text),
        of("cloud_app_account_id", "CloudAppAccountId", "", Text),
        of("is_anonymized", "IsAnonymized", "", Bool),
    ],
};

pub(super) const SECURITY_GROUP: Class = Class {
    name: "security_group",
    title: "Security group",
    alert: "security-group",
    arm: "SecurityGroup",
    aliases: &[],
    main: "distinguished_name",
    identifiers: &[&["distinguished_name"], &["sid"], &["object_guid"]],
    attributes: &[
        of("distinguished_name", "DistinguishedName", "distinguishedName", Text),
        of("sid", "SID", "sid", Text),
        of("object_guid", "ObjectGuid", "objectGuid", Text),
        of("display_name", "DisplayName", "", Text),
    ],
};

pub(super) const HOST_LOGON_SESSION: Class = Class {
    name: "host_logon_session",
    title: "Logon session on a host",
    alert: "host-logon-session",
    arm: "",
    aliases: &[],
    main: "session_id",
    identifiers: &[&["session_id", "host", "account"], &["session_id", "host"]],
    attributes: &[
        of("session_id", "SessionId", "", Text),
        of("account", "Account", "", Entity(EntityKind::Account)),
        of("host", "Host", "", Entity(EntityKind::Host)),
        of("start_time_utc", "StartTimeUtc", "", Datetime),
        of("end_time_utc", "EndTimeUtc", "", Datetime),
    ],
};

pub(super) const CLOUD_LOGON_SESSION: Class = Class {
    name: "cloud_logon_session",
    title: "Sign-in session in the cloud",
    alert: "cloud-logon-session",
    arm: "",
    aliases: &[],
    main: "session_id",
    identifiers: &[&["session_id"]],
    attributes: &[
        of("session_id", "SessionId", "", Text),
        of("account", "Account", "", Entity(EntityKind::Account)),
        of("user_agent", "UserAgent", "", Text).exact(),
        of("start_time_utc", "StartTimeUtc", "", Datetime),
        of("end_time_utc", "EndTimeUtc", "", Datetime),
    ],
};
