//! What masks must be: reproducible, of the same form, and telling nothing.

use std::{
    collections::{HashMap, HashSet},
    net::{IpAddr, Ipv4Addr},
};

use model::Rows;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn masked(text: &str, masking: &str) -> String {
    Mask::new(b"key").text(text, &masking.parse().unwrap())
}

#[test]
fn the_key_decides_and_nothing_else() {
    for masking in ["uuid", "ip", "str", "sid", "acct", "@.:"] {
        let value = match masking {
            "ip" => "198.18.0.77",
            "sid" => "S-1-5-21-1-2-3-500",
            _ => "someone@contoso.com",
        };
        assert_eq!(masked(value, masking), masked(value, masking));
        let other = Mask::new(b"other").text(value, &masking.parse().unwrap());
        assert_ne!(masked(value, masking), other, "{masking}");
        assert_ne!(masked(value, masking), value, "{masking}");
    }
    assert_eq!(format!("{:?}", Mask::new(b"secret")), "Mask(Keyed)");
}

#[test]
fn special_addresses_stay_and_networks_stay_themselves() {
    // MSTICPy tests 17.16/12 for the second private network.
    for unchanged in ["0.0.0.0", "127.0.0.1", "255.255.255.255", "224.0.0.1", "::1", "::"] {
        assert_eq!(masked(unchanged, "ip"), unchanged);
    }
    for (address, network) in [
        ("10.1.2.3", "10."),
        ("192.168.7.8", "192.168."),
        ("169.254.1.1", "169.254."),
        ("203.0.113.5", "203.0.113."),
        ("fe80::1", "fe80:"),
        ("2001:db8::5", "2001:db8:"),
        ("::ffff:10.1.2.3", "::ffff:10."),
    ] {
        let mask = masked(address, "ip");
        assert!(mask.starts_with(network) && mask != address, "{address}: {mask}");
    }
    let IpAddr::V4(mask) = masked("172.20.1.1", "ip").parse::<IpAddr>().unwrap() else { panic!() };
    assert!(mask.is_private(), "{mask}");
    assert_eq!(
        masked("10.1.2.3:443, 10.1.2.4", "ip"),
        format!("{}:443, {}", masked("10.1.2.3", "ip"), masked("10.1.2.4", "ip"))
    );
}

#[test]
fn no_two_addresses_have_the_same_mask() {
    let mut masks = HashSet::new();
    for n in 0..5_000_u32 {
        let address = Ipv4Addr::from_bits(n.wrapping_mul(858_993_459));
        assert!(masks.insert(masked(&address.to_string(), "ip")), "{address}");
    }
}

#[test]
fn accounts_of_every_system_stay() {
    for unchanged in ["SYSTEM", "root", "NT AUTHORITY\\SYSTEM", "Administrator", "", "-", "NT AUTHORITY\\LOCAL SERVICE"]
    {
        assert_eq!(masked(unchanged, "acct"), unchanged);
    }
    let name = masked("peteb", "acct");
    assert!(name.starts_with("account-#"), "{name}");
    // MSTICPy does not know the form with a backslash.
    let with_domain = masked("CONTOSO\\peteb", "acct");
    assert!(with_domain.ends_with(&format!("\\{name}")) && with_domain.len() == name.len() + 8, "{with_domain}");
    assert_eq!(masked("PeteB@contoso.com", "acct").split('@').next(), Some(name.as_str()));
    assert!(masked("HOST1$", "acct").ends_with('$'));
    let domains = [masked("a@x.contoso.com", "acct"), masked("a@contoso.com", "acct")];
    assert!(domains[0].ends_with(domains[1].split('@').nth(1).unwrap()), "{domains:?}");
}

#[test]
fn identifiers_keep_their_form() {
    assert_eq!(masked("S-1-5-18", "sid"), "S-1-5-18");
    let sid = masked("S-1-5-21-996632719-2361334927-4038480536-500", "sid");
    assert!(sid.starts_with("S-1-5-21-") && sid.ends_with("-500") && !sid.contains("996632719"), "{sid}");
    let uuid = masked("{52B1AB41-869E-4138-9E40-2A4457F09BF0}", "uuid");
    assert_eq!(uuid, masked("52b1ab41-869e-4138-9e40-2a4457f09bf0", "uuid"));
    assert!(uuid.len() == 36 && uuid.as_bytes()[14] == b'4', "{uuid}");
}

#[test]
fn texts_keep_their_length_and_parts_their_signs() {
    assert_eq!(masked("Müller", "str").len(), 6);
    let number = masked("-4711.50", "str");
    assert!(number.starts_with('-') && number.as_bytes()[5] == b'.' && number.len() == 8, "{number}");
    let host = masked("web1.corp.contoso.com", "@./:.");
    let lengths: Vec<_> = host.split('.').map(str::len).collect();
    assert_eq!(lengths, [4, 4, 7, 3]);
    assert!("nothing".parse::<Masking>().is_err());
}

#[test]
fn a_table_is_masked_by_its_columns_and_itself_is_gone() {
    let rows = json!([
        { "TenantId": "52b1ab41-869e-4138-9e40-2a4457f09bf0", "Account": "CONTOSO\\bob", "n": 12345, "drop": "secret",
          "LocationDetails": { "city": "Reading", "geo": { "lat": 51.5, "ip": "198.18.0.7" } }, "keep": "kept" },
        { "TenantId": "52b1ab41-869e-4138-9e40-2a4457f09bf0", "Account": null, "n": 7, "drop": null, "keep": "kept" },
    ]);
    let table = serde_json::from_value::<Rows>(rows).unwrap().into_table(None).unwrap();
    let own = HashMap::from([("n", Masking::Text), ("drop", Masking::Null)]);
    let masked =
        Mask::new(b"key").table(table, |name| own.get(name).cloned().or_else(|| default_masking(name))).unwrap();
    let rows = serde_json::to_value(&masked).unwrap()["rows"].clone();
    assert_eq!(rows[0]["TenantId"], rows[1]["TenantId"]);
    assert_ne!(rows[0]["TenantId"], "52b1ab41-869e-4138-9e40-2a4457f09bf0");
    assert_eq!((&rows[0]["drop"], &rows[1]["Account"], &rows[0]["keep"]), (&json!(null), &json!(null), &json!("kept")));
    assert!((10_000..100_000).contains(&rows[0]["n"].as_i64().unwrap()));
    let text = rows.to_string();
    for secret in ["bob", "CONTOSO", "Reading", "51.5", "198.18.0.7", "secret", "12345"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
    assert!(text.contains("city") && text.contains("lat"), "names of members stay");
}

proptest! {
    #[test]
    fn no_value_breaks_it(text in any::<String>(), masking in prop::sample::select(vec!["uuid", "ip", "str", "dict", "list", "sid", "acct", "null", "@.\\"])) {
        let _ = masked(&text, masking);
    }

    #[test]
    fn addresses_with_a_common_prefix_have_masks_with_one(one in any::<[u8; 4]>(), other in any::<[u8; 4]>(), shared in 1_usize..4) {
        let mut other = other;
        other[..shared].copy_from_slice(&one[..shared]);
        let octets = |address: [u8; 4]| -> Vec<String> {
            masked(&Ipv4Addr::from(address).to_string(), "ip").split('.').map(str::to_owned).collect()
        };
        let (one_mask, other_mask) = (octets(one), octets(other));
        prop_assert_eq!(&one_mask[..shared], &other_mask[..shared]);
        prop_assert_eq!(one_mask == other_mask, one == other);
    }
}
