//! The kinds of plots and what each may be told.

use serde::Serialize;
use utoipa::ToSchema;

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// One mark for each event, a row for each group.
    Timeline,
    /// Values over time: bars, circles, lines or likelihoods.
    TimelineValues,
    /// A bar from the first event of a group to its last, or from start to end.
    TimelineDuration,
    /// Observed values, baseline, band and anomalies.
    Timeseries,
    /// How often two values occur together.
    Matrix,
    /// Processes and what started them.
    ProcessTree,
    /// An incident, its alerts and entities, and what connects them.
    EntityGraph,
    /// Sources, targets and the traffic between them.
    Network,
    /// Points on an outline of the world.
    Map,
}

/// Options that every plot of a table understands.
const COMMON: &[&str] = &["title", "width", "height", "scale", "theme", "source_columns", "facet_by"];

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::Timeline,
        Self::TimelineValues,
        Self::TimelineDuration,
        Self::Timeseries,
        Self::Matrix,
        Self::ProcessTree,
        Self::EntityGraph,
        Self::Network,
        Self::Map,
    ];

    /// The name in addresses and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Timeline => "timeline",
            Self::TimelineValues => "timeline-values",
            Self::TimelineDuration => "timeline-duration",
            Self::Timeseries => "timeseries",
            Self::Matrix => "matrix",
            Self::ProcessTree => "process-tree",
            Self::EntityGraph => "entity-graph",
            Self::Network => "network",
            Self::Map => "map",
        }
    }

    /// The title of a plot that was given none.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Timeline => "Timeline of events",
            Self::TimelineValues => "Values over time",
            Self::TimelineDuration => "Durations",
            Self::Timeseries => "Time series and anomalies",
            Self::Matrix => "What occurs together",
            Self::ProcessTree => "Process tree",
            Self::EntityGraph => "Entities",
            Self::Network => "Network",
            Self::Map => "Map",
        }
    }

    /// The options that it understands besides those of every plot.
    const fn own_options(self) -> &'static [&'static str] {
        match self {
            Self::Timeline => &["time_column", "group_by", "color_by", "ref_times"],
            Self::TimelineValues => {
                &["time_column", "value_column", "group_by", "style", "label_column", "log_scale", "ref_times"]
            }
            Self::TimelineDuration => &["time_column", "end_time_column", "group_by", "color_by", "ref_times"],
            Self::Timeseries => {
                &["time_column", "value_column", "baseline_column", "anomaly_column", "score_threshold", "ref_times"]
            }
            Self::Matrix => &["x", "y", "value_column", "aggregate", "invert", "log_scale", "sort_x", "sort_y"],
            Self::ProcessTree => &["time_column", "color_by"],
            Self::EntityGraph => &[],
            Self::Network => &["x", "y", "value_column", "label_column", "color_by", "layout"],
            Self::Map => {
                &["latitude_column", "longitude_column", "country_column", "ip_column", "value_column", "color_by"]
            }
        }
    }

    /// Whether this plot has a use for an option.
    pub(crate) fn understands(self, option: &str) -> bool {
        let one_picture = matches!(self, Self::EntityGraph | Self::ProcessTree) && option == "facet_by";
        (COMMON.contains(&option) && !one_picture) || self.own_options().contains(&option)
    }
}
