//! `distinct`.

use datafusion::logical_expr::LogicalPlanBuilder;

use super::{Planned, Planner, Planning};

impl Planner<'_> {
    pub(super) fn distinct(&self, input: Planned) -> Planning<Planned> {
        let input = input.exact(self)?;
        let plan = LogicalPlanBuilder::from(input.plan.clone()).distinct()?.build()?;
        Ok(Planned { plan, ordered: false, ..input })
    }
}
