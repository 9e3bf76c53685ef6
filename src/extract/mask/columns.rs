//! What is masked in tables that are known, and how: Sentinel's common columns, Entra, Office 365, Windows security.

use super::Masking;

/// Columns by the way in which they are masked.
const KNOWN: &[(&str, &[&str])] = &[
    (
        "uuid",
        &[
            "AADTenantId",
            "SourceComputerId",
            "TenantId",
            "UserId",
            "Id",
            "MailboxGuid",
            "OfficeTenantId",
            "OfficeTenantId_",
            "OrganizationId",
            "OrganizationId_",
            "Site_",
        ],
    ),
    (
        "acct",
        &[
            "Account",
            "SubjectUserName",
            "TargetUserName",
            "UserPrincipalName",
            "DestMailboxOwnerUPN",
            "MailboxOwnerUPN",
            "UserId_",
            "AccountName",
            "InitiatingProcessAccountName",
            "AccountUpn",
            "InitiatingProcessAccountUpn",
        ],
    ),
    (
        "ip",
        &[
            "IpAddress",
            "IPAddress",
            "ClientIP",
            "ClientIP_",
            "Client_IPAddress",
            "SourceIP",
            "DestinationIP",
            "RemoteIP",
            "LocalIP",
            "HostIP",
            "ComputerIP",
            "CallerIpAddress",
        ],
    ),
    (
        "sid",
        &[
            "SubjectUserSid",
            "TargetUserSid",
            "LogonUserSid",
            "MailboxOwnerMasterAccountSid",
            "MailboxOwnerSid",
            "AccountSid",
            "InitiatingProcessAccountSid",
        ],
    ),
    ("dict", &["DeviceDetail", "LocationDetails"]),
    ("list", &["ConditionalAccessPolicies"]),
    (".", &["SubjectDomainName", "TargetDomainName", "OriginatingServer"]),
    (" ", &["LogonUserDisplayName"]),
    (" @.", &["UserDisplayName"]),
    (
        "@./:",
        &["ResourceId", "AlternateSignInName", "DestinationRelativeUrl", "SourceRelativeUrl", "SourceRelativeUrl_"],
    ),
    (
        "@./:.",
        &[
            "Computer",
            "Host",
            "HostName",
            "VMName",
            "ClientMachineName",
            "DestinationFileName",
            "Site_Url",
            "Site_Url_",
            "SourceFileName",
            "SourceFileName_",
            "UserDomain",
            "UserKey",
            "_ResourceId",
            "WorkstationName",
            "DeviceName",
            "RemoteDeviceName",
        ],
    ),
    ("/:. ", &["OfficeObjectId"]),
    (
        "str",
        &[
            "Location",
            "Identity",
            "ResourceDisplayName",
            "ResourceGroup",
            "ResourceIdentity",
            "AADGroupId",
            "ClientInfoString",
            "DestMailboxId",
            "Event_Data",
            "Folder",
            "MachineDomainInfo",
            "MachineId",
            "ModifiedObjectResolvedName",
            "OrganizationName",
            "Parameters",
            "UserSharedWith",
            "AccountDomain",
            "InitiatingProcessAccountDomain",
        ],
    ),
];

/// How a column of this name is masked, if it is known to need it.
pub fn default_masking(column: &str) -> Option<Masking> {
    KNOWN.iter().find(|(_, columns)| columns.contains(&column)).and_then(|(masking, _)| masking.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_in_the_table_is_one() {
        for (masking, columns) in KNOWN {
            assert!(masking.parse::<Masking>().is_ok(), "{masking}");
            assert!(columns.iter().all(|column| default_masking(column).unwrap().as_str() == *masking), "{columns:?}");
        }
        assert_eq!(default_masking("TimeGenerated"), None);
    }
}
