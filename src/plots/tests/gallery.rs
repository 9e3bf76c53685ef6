//! The gallery of the documentation: a sample of each kind, drawn as it was when somebody last looked at it.
//!
//! With `PLOTS_BLESS=1` the pictures are written anew; look at them before you commit them.

use std::{collections::HashMap, env, fs, path::PathBuf};

use model::{EntityGraph, Table, Verdict, table::csv};
use resvg::tiny_skia::Pixmap;

use crate::{Aggregate, Kind, Options, Plot, RefTime, Sort, Style, Subject, Theme, draw, draw_entities};

fn folder(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

pub(super) fn sample(file: &str) -> Table {
    let bytes = fs::read(folder("samples").join(file)).unwrap();
    csv::read(&bytes).unwrap().into_table(None).unwrap()
}

fn some(name: &str) -> Option<String> {
    Some(name.to_owned())
}

/// Name, kind, sample and options of every picture that is made from a table.
pub(super) fn pictures() -> Vec<(&'static str, Kind, &'static str, Options)> {
    let common = Options::default;
    let group = |name: &str| vec![name.to_owned()];
    vec![
        (
            "timeline",
            Kind::Timeline,
            "events.csv",
            Options {
                group_by: group("Computer"),
                color_by: some("Activity"),
                title: some("Events of five computers"),
                ref_times: vec![RefTime {
                    time: "2026-05-04T12:42:00Z".parse().unwrap(),
                    label: some("Alert: password spray"),
                }],
                ..common()
            },
        ),
        (
            "timeline-values",
            Kind::TimelineValues,
            "downloads.csv",
            Options {
                value_column: some("MegabytesSent"),
                group_by: group("Application"),
                style: vec![Style::Line],
                title: some("Data sent, by application"),
                ..common()
            },
        ),
        (
            "timeline-values-bars",
            Kind::TimelineValues,
            "downloads.csv",
            Options {
                value_column: some("MegabytesSent"),
                style: vec![Style::Bar, Style::Circle],
                facet_by: some("Application"),
                title: some("Data sent, a plot for each application"),
                ..common()
            },
        ),
        (
            "likelihood",
            Kind::TimelineValues,
            "sessions.csv",
            Options {
                value_column: some("Likelihood"),
                label_column: some("RarestWindow"),
                style: vec![Style::Likelihood],
                title: some("How likely administrators' sessions are"),
                ..common()
            },
        ),
        (
            "timeline-duration",
            Kind::TimelineDuration,
            "logons.csv",
            Options {
                time_column: some("Start"),
                end_time_column: some("End"),
                group_by: vec!["Account".to_owned(), "Computer".to_owned()],
                color_by: some("LogonType"),
                title: some("Logon sessions"),
                ..common()
            },
        ),
        ("timeseries", Kind::Timeseries, "sign-ins.csv", Options { title: some("Sign-ins an hour"), ..common() }),
        (
            "timeseries-dark",
            Kind::Timeseries,
            "sign-ins.csv",
            Options { title: some("Sign-ins an hour"), theme: Theme::Dark, ..common() },
        ),
        (
            "matrix",
            Kind::Matrix,
            "flows.csv",
            Options {
                x: some("DestinationPort"),
                y: some("SourceIP"),
                aggregate: Some(Aggregate::Count),
                sort_x: Some(Sort::Asc),
                sort_y: Some(Sort::Total),
                title: some("Who speaks to which port"),
                ..common()
            },
        ),
        (
            "process-tree",
            Kind::ProcessTree,
            "processes.csv",
            Options { color_by: some("SubjectUserName"), title: some("A document that started a shell"), ..common() },
        ),
        (
            "network",
            Kind::Network,
            "connections.csv",
            Options {
                x: some("Source"),
                y: some("Destination"),
                value_column: some("Connections"),
                label_column: some("Service"),
                title: some("Connections"),
                ..common()
            },
        ),
        (
            "map",
            Kind::Map,
            "addresses.csv",
            Options {
                color_by: some("Verdict"),
                value_column: some("SignIns"),
                title: some("Where sign-ins come from"),
                ..common()
            },
        ),
    ]
}

fn incident() -> serde_json::Value {
    let mut body: serde_json::Value =
        serde_json::from_slice(&fs::read(folder("../../openapi/examples/incident.json")).unwrap()).unwrap();
    body["incident"].take()
}

/// The picture is the one that was looked at: as text, and as pixels.
fn holds(name: &str, plot: &Plot<'_>) {
    let (svg, png) = (plot.svg(), plot.png(1.0).unwrap());
    let gallery = folder("../../deploy/docs/plots");
    let (svg_file, png_file) = (gallery.join(format!("{name}.svg")), folder("golden").join(format!("{name}.png")));
    if env::var_os("PLOTS_BLESS").is_some() {
        fs::create_dir_all(&gallery).unwrap();
        fs::create_dir_all(folder("golden")).unwrap();
        fs::write(&svg_file, &svg).unwrap();
        fs::write(&png_file, &png).unwrap();
        fs::write(env::temp_dir().join(format!("{name}.html")), plot.html()).unwrap();
    }
    let expected = fs::read_to_string(&svg_file).unwrap_or_default();
    assert!(svg == expected, "{name} is not the picture in the gallery: look at it with PLOTS_BLESS=1");
    let distance = distance(&png, &fs::read(&png_file).unwrap_or_default());
    assert!(distance < 0.5, "{name}: pixels differ by {distance} on average");
}

/// How far two pictures are apart: the mean difference of their channels, of 255.
fn distance(one: &[u8], other: &[u8]) -> f64 {
    let (Ok(one), Ok(other)) = (Pixmap::decode_png(one), Pixmap::decode_png(other)) else { return f64::INFINITY };
    if (one.width(), one.height()) != (other.width(), other.height()) {
        return f64::INFINITY;
    }
    let sum: u64 = one.data().iter().zip(other.data()).map(|(one, other)| u64::from(one.abs_diff(*other))).sum();
    sum as f64 / one.data().len() as f64
}

#[test]
fn every_picture_of_the_gallery_is_as_it_was_looked_at() {
    for (name, kind, file, options) in pictures() {
        let table = sample(file);
        holds(name, &draw(kind, &table, &options).unwrap());
    }
    let (graph, facts) = EntityGraph::from_incident(&incident());
    let bad = graph.entities.iter().find(|entity| entity.name() == "185.220.101.46").unwrap();
    let verdicts = HashMap::from([(bad.id().to_owned(), Verdict::Malicious)]);
    holds("entity-graph", &draw_entities(&graph, Subject::Incident(&facts), &verdicts, &Options::default()).unwrap());
}
