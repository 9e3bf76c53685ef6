//! How fast addresses are located with the bundled databases: at least 300,000 a second on one core are wanted.
#![expect(clippy::expect_used, reason = "what cannot begin has nothing to measure")]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use divan::{Bencher, counter::ItemsCount};
use rand::{Rng as _, SeedableRng as _, rngs::SmallRng};
use server::{geo::GeoDatabases, settings::Settings};

/// As many as one large request may carry.
const ADDRESSES: usize = 10_000;

fn main() {
    divan::main();
}

/// The same addresses every time: every eighth is IPv6, from the ranges that registries give out.
fn addresses() -> Vec<IpAddr> {
    let mut random = SmallRng::seed_from_u64(7);
    let any = std::iter::repeat_with(|| {
        if random.random_ratio(1, 8) {
            Ipv6Addr::from_bits(0x2a << 120 | random.random::<u128>() >> 8).into()
        } else {
            Ipv4Addr::from_bits(random.random()).into()
        }
    });
    any.filter(|address| model::is_global(*address)).take(ADDRESSES).collect()
}

#[divan::bench]
fn find(bencher: Bencher) {
    let settings = Settings::defaults().expect("the defaults are right");
    let databases = GeoDatabases::open(&settings.geo).expect("the bundled databases are whole");
    let addresses = addresses();
    bencher
        .counter(ItemsCount::new(ADDRESSES))
        .bench(|| addresses.iter().map(|address| databases.find(*address)).filter(|geo| !geo.is_empty()).count());
}
