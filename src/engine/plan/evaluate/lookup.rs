//! `ipv4_lookup` and `ipv6_lookup`: the networks of a table that addresses belong to.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use datafusion::arrow::array::RecordBatch;
use kql::checked::{Argument, Evaluate, ExprKind};
use model::ColumnType;

use super::{argument, expr_of};
use crate::{
    cell::{Cell, Cells, Writer},
    plan::{Known, PlanError, Planned, Planner, Planning, address, stage::Change},
};

/// More networks are not looked in.
const MAX_NETWORKS: usize = 1_000_000;

/// Networks of a table, with the rows they come from.
struct Networks(Vec<(u128, u32, usize)>);

impl Planner<'_> {
    pub(super) fn ip_lookup(&self, evaluate: &Evaluate, types: &[ColumnType], input: Planned) -> Planning<Planned> {
        let Some(Argument::Table(table)) = evaluate.arguments.first() else {
            return Err(PlanError::Senseless("a lookup without a table"));
        };
        let networks: &Known = self.known(address(table), MAX_NETWORKS, || self.table(table))?;
        let address_at = match evaluate.arguments.get(1).and_then(expr_of).map(|expr| &expr.kind) {
            Some(ExprKind::Column(column)) => *column,
            _ => return Err(PlanError::Senseless("an address that is no column")),
        };
        let lookup_columns: Vec<usize> = evaluate
            .arguments
            .iter()
            .filter_map(|argument| if let Argument::LookupColumn(column) = argument { Some(*column) } else { None })
            .collect();
        let network_at = lookup_columns.first().copied().unwrap_or(0);
        // Further columns must be equal on both sides; on the left they have the same names.
        let shared: Vec<usize> = lookup_columns.iter().skip(1).copied().collect();
        let last = evaluate.arguments.len().saturating_sub(1);
        let unmatched = match argument(evaluate, "return_unmatched", last).and_then(expr_of) {
            Some(expr) if expr.column_type == ColumnType::Bool => self.value(expr)?.bool().unwrap_or(false),
            _ => false,
        };
        let looked_in: Vec<(u128, u32, usize)> = networks
            .iter()
            .enumerate()
            .filter_map(|(row, cells)| {
                network(&cells.get(network_at)?.text()).map(|(bits, prefix)| (bits, prefix, row))
            })
            .collect();
        let looked_in = Networks(looked_in);
        let rows = networks.clone();
        let (own, in_types, out_types) = (input.types.len(), input.types.clone(), types.to_vec());
        if !shared.is_empty() {
            return Err(PlanError::Unsupported("a lookup of addresses by further columns".to_owned()));
        }
        self.stage(input, types, |schema| {
            Change::Each(Arc::new(move |batch: &RecordBatch| {
                let cells = batch.columns().iter().zip(&in_types).map(|(array, kind)| Cells::of_array(array, *kind));
                let cells = cells.collect::<datafusion::error::Result<Vec<_>>>()?;
                let mut writers: Vec<_> = out_types.iter().map(|kind| Writer::new(*kind, batch.num_rows())).collect();
                for row in 0..batch.num_rows() {
                    let found = cells.get(address_at).and_then(|cells| looked_in.find(&cells.cell(row).text()));
                    if found.is_none() && !unmatched {
                        continue;
                    }
                    for (at, writer) in writers.iter_mut().enumerate() {
                        if let Some(cells) = cells.get(at).filter(|_| at < own) {
                            writer.push(&cells.cell(row));
                        } else {
                            let cell = found.and_then(|found| rows.get(found)?.get(at - own)).unwrap_or(&Cell::Null);
                            writer.push(cell);
                        }
                    }
                }
                Ok(RecordBatch::try_new(schema.clone(), writers.into_iter().map(Writer::finish).collect())?)
            }))
        })
    }
}

impl Networks {
    /// The row of the narrowest network that an address belongs to.
    fn find(&self, address: &str) -> Option<usize> {
        let (bits, _) = network(address)?;
        let of = self.0.iter().filter(|(network, prefix, _)| masked(bits, *prefix) == masked(*network, *prefix));
        of.max_by_key(|(_, prefix, _)| *prefix).map(|(.., row)| *row)
    }
}

const fn masked(bits: u128, prefix: u32) -> u128 {
    if prefix == 0 { 0 } else { bits & (u128::MAX << (128 - prefix)) }
}

/// An address or network; those of IPv4 as mapped ones.
fn network(text: &str) -> Option<(u128, u32)> {
    let (address, prefix) =
        text.trim().split_once('/').map_or((text.trim(), None), |(address, prefix)| (address, Some(prefix)));
    let prefix: Option<u32> = prefix.map(str::parse).transpose().ok()?;
    match address.parse::<IpAddr>().ok()? {
        IpAddr::V4(address) => Some((Ipv4Addr::to_ipv6_mapped(&address).to_bits(), 96 + prefix.unwrap_or(32).min(32))),
        IpAddr::V6(address) => Some((Ipv6Addr::to_bits(address), prefix.unwrap_or(128).min(128))),
    }
}
