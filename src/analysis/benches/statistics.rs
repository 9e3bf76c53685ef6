//! How fast series fall apart, sessions are scored and points find their clusters.

#![expect(clippy::expect_used, reason = "a benchmark may stop where it stands")]

use analysis::{
    clusters::{Points, dbscan},
    decomposition::Stl,
    outliers::{Forest, Growth},
    periodicity::{MAX_BINS, find_rhythm},
    sequences::{Corpus, Detail, Model},
    sessions::{Limits, sessionize},
};
use divan::{Bencher, counter::ItemsCount};

fn main() {
    divan::main();
}

/// Numbers between 0 and 1, the same every time.
fn noise(count: usize) -> impl Iterator<Item = f64> {
    let next = |seed: &u64| Some((1_103_515_245 * seed + 12_345) % (1 << 31));
    std::iter::successors(Some(1), next).map(|number| number as f64 / (1_u64 << 31) as f64).take(count)
}

fn hourly(count: usize) -> Vec<f64> {
    let season = |place: usize| (std::f64::consts::TAU * place as f64 / 24.0).sin();
    noise(count).enumerate().map(|(place, noise)| 100.0 + 10.0 * season(place) + 4.0 * noise).collect()
}

#[divan::bench(args = [672, 840, 10_000, 100_000])]
fn stl(bencher: Bencher, points: usize) {
    let values = hourly(points);
    let stl = Stl { period: 24, seasonal: 7, robust: false };
    bencher.counter(ItemsCount::new(points)).bench(|| stl.decompose(divan::black_box(&values)));
}

#[divan::bench(args = [672, 840, 10_000, 100_000])]
fn robust_stl(bencher: Bencher, points: usize) {
    let values = hourly(points);
    let stl = Stl { period: 24, seasonal: 7, robust: true };
    bencher.counter(ItemsCount::new(points)).bench(|| stl.decompose(divan::black_box(&values)));
}

/// Sessions of ten commands with two parameters each.
fn corpus(events: usize) -> Corpus {
    let mut corpus = Corpus::default();
    for (event, noise) in noise(events).enumerate() {
        if event % 10 == 0 {
            corpus.begin_session();
        }
        corpus.add_command(&format!("Set-Thing{}", (noise * 200.0) as usize));
        corpus.add_parameter("Identity", Some(&format!("user{}", event % 5_000)));
        corpus.add_parameter("Force", Some(if event % 3 == 0 { "true" } else { "false" }));
    }
    corpus
}

#[divan::bench(args = [Detail::Commands, Detail::Parameters, Detail::Values], sample_count = 5)]
fn sequences(bencher: Bencher, detail: Detail) {
    const EVENTS: usize = 200_000;
    let corpus = corpus(EVENTS);
    let model = Model::learn(&corpus, detail, None);
    bencher.counter(ItemsCount::new(EVENTS)).bench(|| {
        let score = |session| (model.likelihood(session, true), model.rarest_window(session, 3, true));
        (0..corpus.len()).map(score).collect::<Vec<_>>()
    });
}

#[divan::bench(sample_count = 5)]
fn learning(bencher: Bencher) {
    const EVENTS: usize = 200_000;
    let corpus = corpus(EVENTS);
    bencher.counter(ItemsCount::new(EVENTS)).bench(|| Model::learn(&corpus, Detail::Values, None).likelihood(0, true));
}

#[divan::bench]
fn sessions(bencher: Bencher) {
    let mut times: Vec<_> = noise(1_000_000).map(|noise| (noise * 1e9) as i64).collect();
    times.sort_unstable();
    let limits = Limits { longest: 60_000, pause: 3_000 };
    bencher.counter(ItemsCount::new(times.len())).bench(|| sessionize(divan::black_box(&times), limits).count());
}

#[divan::bench(args = [10_000, 100_000], sample_count = 3)]
fn clusters(bencher: Bencher, count: usize) {
    let points = Points::new(noise(3 * count).collect(), 3).expect("three numbers for each");
    bencher.counter(ItemsCount::new(count)).bench(|| dbscan(divan::black_box(&points), 0.02, 3, u64::MAX));
}

#[divan::bench(args = [10_000, 100_000], sample_count = 3)]
fn forest(bencher: Bencher, count: usize) {
    let points = Points::new(noise(3 * count).collect(), 3).expect("three numbers for each");
    let growth = Growth { trees: 100, sample: 100, features: 2, seed: 42 };
    bencher.counter(ItemsCount::new(count)).bench(|| {
        let forest = Forest::grow(divan::black_box(&points), growth);
        (0..points.len()).map(|point| forest.score(points.point(point))).sum::<f64>()
    });
}

#[divan::bench]
fn beacon_of_a_day(bencher: Bencher) {
    let times: Vec<i64> = (0..1_440).map(|minute| minute * 60 + minute % 3).collect();
    bencher.bench(|| find_rhythm(divan::black_box(&times), 1, MAX_BINS));
}
