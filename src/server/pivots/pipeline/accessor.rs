//! What MSTICPy's pipelines call by the names of pandas accessors, in our words.

use serde_json::{Map, Value};

/// What is called.
pub(super) struct Accessor {
    /// Its name in MSTICPy: `mp_pivot.filter_cols`.
    pub(super) name: &'static str,
    /// The type of step that it is.
    pub(super) kind: &'static str,
    /// What of that type.
    function: &'static str,
    /// Its parameters, in the order of places.
    places: &'static [&'static str],
    /// Parameters that have other names here.
    renamed: &'static [(&'static str, &'static str)],
}

const fn step(name: &'static str, kind: &'static str, places: &'static [&'static str]) -> Accessor {
    Accessor { name, kind, function: "", places, renamed: &[] }
}

const fn plot(
    name: &'static str,
    function: &'static str,
    renamed: &'static [(&'static str, &'static str)],
) -> Accessor {
    Accessor { name, kind: "plot", function, places: &[], renamed }
}

const fn operation(name: &'static str, function: &'static str) -> Accessor {
    Accessor { name, kind: "operation", function, places: &[], renamed: &[] }
}

const OVER_TIME: &[(&str, &str)] =
    &[("y", "value_column"), ("ref_time", "ref_times"), ("source_cols", "source_columns")];

/// All that is understood.
pub(super) const ACCESSORS: &[Accessor] = &[
    step("mp_pivot.run", "pivot", &["func"]),
    step("mp_pivot.display", "display", &["title", "cols", "query", "head"]),
    step("mp_pivot.tee", "tee", &["var_name", "clobber"]),
    step("mp_pivot.tee_exec", "tee_exec", &["df_func"]),
    step("mp_pivot.filter", "filter", &["expr", "match_case", "numeric_col"]),
    step("mp_pivot.filter_cols", "filter_columns", &["cols", "match_case", "sort_cols"]),
    step("mp_pivot.sort", "sort", &["cols", "ascending"]),
    step("mp_pivot.list_to_rows", "list_to_rows", &["cols"]),
    step("mp_pivot.parse_json", "parse_json", &["cols"]),
    step("mp_pivot.dict_to_dataframe", "dict_to_columns", &["col"]),
    step("head", "head", &["n"]),
    step("drop_duplicates", "distinct", &["subset"]),
    step("rename", "rename", &[]),
    Accessor {
        name: "sort_values",
        kind: "sort",
        function: "",
        places: &["columns", "axis", "ascending"],
        renamed: &[("by", "columns")],
    },
    Accessor {
        name: "explode",
        kind: "list_to_rows",
        function: "",
        places: &["columns"],
        renamed: &[("column", "columns")],
    },
    plot("mp_plot.timeline", "timeline", OVER_TIME),
    plot("mp_timeline.plot", "timeline", OVER_TIME),
    plot("mp_plot.timeline_values", "timeline-values", OVER_TIME),
    plot("mp_timeline.plot_values", "timeline-values", OVER_TIME),
    plot("mp_plot.timeline_duration", "timeline-duration", OVER_TIME),
    plot("mp_plot.timeseries", "timeseries", OVER_TIME),
    plot("mp_plot.matrix", "matrix", &[("x_col", "x"), ("y_col", "y"), ("value_col", "value_column")]),
    plot("mp_plot.network", "network", &[("source_col", "x"), ("target_col", "y")]),
    plot("mp_plot.process_tree", "process-tree", &[]),
    plot(
        "mp_plot.folium_map",
        "map",
        &[("lat_column", "latitude_column"), ("long_column", "longitude_column"), ("layer_column", "color_by")],
    ),
    operation("mp.ioc_extract", "iocs/extract"),
    operation("mp.b64extract", "decode/base64"),
    operation("mp.build_process_tree", "process-tree"),
    operation("mp_process_tree.build", "process-tree"),
    operation("mp.mask", "mask"),
];

/// A call in our words.
pub(super) struct Called {
    pub(super) kind: &'static str,
    pub(super) function: Option<String>,
    pub(super) parameters: Map<String, Value>,
}

impl Accessor {
    /// The accessor of this name.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        ACCESSORS.iter().find(|accessor| accessor.name == name)
    }

    /// The call with these parameters, or the place of one that is too many.
    pub(super) fn call(&self, by_place: &[Value], mut by_name: Map<String, Value>) -> Result<Called, usize> {
        for (place, value) in by_place.iter().enumerate() {
            let name = self.places.get(place).ok_or(place)?;
            by_name.entry(*name).or_insert_with(|| value.clone());
        }
        let name_here = |name: String| {
            let renamed = self.renamed.iter().find(|(known, _)| *known == name);
            renamed.map_or(name, |(_, here)| (*here).to_owned())
        };
        let mut parameters: Map<String, Value> =
            by_name.into_iter().map(|(name, value)| (name_here(name), value)).collect();
        // There it makes a table of its own.
        if self.kind == "dict_to_columns" {
            parameters.entry("alone").or_insert(Value::Bool(true));
        }
        let mut function = (!self.function.is_empty()).then(|| self.function.to_owned());
        for name in ["func", "df_func"] {
            if let Some(Value::String(called)) = parameters.remove(name) {
                function = Some(called);
            }
        }
        Ok(Called { kind: self.kind, function, parameters })
    }
}
