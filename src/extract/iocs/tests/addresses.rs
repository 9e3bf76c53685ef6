//! Addresses, and the numbers that look like them.

use model::ObservableKind::{Ipv4, Ipv6};

use super::{all, only};

#[test]
fn dotted_quads_are_found_wherever_they_stand() {
    for text in [
        "192.0.2.1",
        "from 192.0.2.1, port",
        "src=192.0.2.1;",
        "192.0.2.1:8080",
        "192.0.2.1/24",
        "(192.0.2.1)",
        "\"192.0.2.1\"",
        "It was 192.0.2.1.",
        "It was 192.0.2.1.Then it went",
        "ip-10/192.0.2.1",
        "pcap_192.0.2.1_3",
        "访问192.0.2.1查看",
        r"first\n192.0.2.1\r\nlast",
        r"IOCs:\n192.0.2.1",
        "192.0.2.1_x",
        "192.0.2.1.pcap",
        r"\\192.0.2.1\share",
        "192.0.2.1@80",
    ] {
        assert_eq!(only(Ipv4, text), ["192.0.2.1"], "{text}");
    }
}

#[test]
fn defanged_quads_are_found() {
    for text in ["192[.]0[.]2[.]1", "192.0.2[.]1", "192(.)0{.}2[dot]1", "192 [.] 0 [.] 2 [.] 1", "192%2E0%2E2%2E1"] {
        assert_eq!(only(Ipv4, text), [text]);
    }
}

#[test]
fn a_range_is_both_its_ends() {
    assert_eq!(only(Ipv4, "192.0.2.1-192.0.2.9"), ["192.0.2.1", "192.0.2.9"]);
}

#[test]
fn a_port_after_a_dot_is_seen_where_packets_are_printed() {
    assert_eq!(only(Ipv4, "IP 192.0.2.1.51234 > 192.0.2.9.443: Flags [S]"), ["192.0.2.1", "192.0.2.9"]);
}

#[test]
fn versions_and_other_numbers_are_no_addresses() {
    for text in [
        "1.2.3.4.5",
        "1.2.3",
        "256.1.1.1",
        "1.355.274.0",
        "01.2.3.4",
        "v1.2.3.4",
        "1.2.3.4a",
        "1.2.3.4-beta",
        "lib-1.2.3.4",
        "6.1.7601.1",
        "Version=4.0.0.0, Culture=neutral",
        r#""FileVersion": "1.3.33.23""#,
        "version 1.3.33.23",
        "Java/11.0.9.1",
        r"C:\Google\Update\1.3.33.23\x.exe",
        "1.2.3.4.nip.io",
        "٣.1.2.3",
    ] {
        assert_eq!(only(Ipv4, text), [""; 0], "{text}");
    }
}

#[test]
fn an_address_in_a_name_is_part_of_the_name() {
    assert_eq!(all("1.2.3.4.nip.io"), ["domain 1.2.3.4.nip.io"]);
    assert_eq!(all("4.3.2.1.in-addr.arpa"), ["domain 4.3.2.1.in-addr.arpa"]);
}

#[test]
fn ipv6_addresses_are_found_wherever_they_stand() {
    for (text, address) in [
        ("2001:db8::1", "2001:db8::1"),
        ("at 2001:db8::1.", "2001:db8::1"),
        ("2001:db8::1: unreachable", "2001:db8::1"),
        ("src:2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[::1]:80", "::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("2001:db8::/32", "2001:db8::"),
        ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:0db8:0000:0000:0000:0000:0000:0001"),
        ("2001[:]db8[:][:]1", "2001[:]db8[:][:]1"),
        ("64:ff9b::192.0.2.33", "64:ff9b::192.0.2.33"),
    ] {
        assert_eq!(only(Ipv6, text), [address], "{text}");
    }
}

#[test]
fn a_mapped_address_is_also_the_one_in_it() {
    assert_eq!(all("::ffff:192.0.2.1"), ["ipv6 ::ffff:192.0.2.1", "ipv4 192.0.2.1"]);
}

#[test]
fn times_hardware_addresses_and_code_are_no_ipv6_addresses() {
    for text in [
        "12:30:45",
        "2022-01-31T18:21:55",
        "00:11:22:33:44:55",
        "00:11:22:33:44:55:66:77",
        "::",
        "std::cafe",
        "a::b",
        "Dead::Beef",
        "list[::2]",
        "list[1::2]",
        "1::2",
        "1:2:3:4:5:6:7:8:9",
        "fe80::1x",
        "AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01",
    ] {
        assert_eq!(only(Ipv6, text), [""; 0], "{text}");
    }
}
