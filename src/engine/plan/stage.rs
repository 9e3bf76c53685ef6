//! Steps that DataFusion has no operator for: a plan of their own whose rows a function changes.
//!
//! To the plan above a stage is a table. What stands below is optimised by itself, so that an order that was asked for
//! stays.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use datafusion::{
    arrow::{
        array::RecordBatch,
        compute::concat_batches,
        datatypes::{Field, Schema, SchemaRef},
    },
    catalog::{Session, TableProvider},
    common::{Column, DataFusionError, ExprSchema, project_schema, tree_node::TreeNodeRecursion},
    datasource::provider_as_source,
    error::Result,
    execution::{SendableRecordBatchStream, TaskContext, memory_pool::MemoryConsumer},
    logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, TableType},
    physical_expr::EquivalenceProperties,
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PhysicalExpr, PlanProperties, execute_stream,
        execution_plan::{Boundedness, EmissionType},
        stream::RecordBatchStreamAdapter,
    },
};
use futures::{StreamExt, TryStreamExt, stream};
use model::ColumnType;

use super::{Planned, Planner, Planning};
use crate::cell::arrow_type;

/// A function of a batch.
pub(super) type OnBatch = Arc<dyn Fn(&RecordBatch) -> Result<RecordBatch> + Send + Sync>;

/// What is done with the rows below.
#[derive(Clone)]
pub(super) enum Change {
    /// Each batch by itself.
    Each(OnBatch),
    /// All rows at once, in order.
    All(OnBatch),
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Each(_) => "each batch",
            Self::All(_) => "all rows",
        })
    }
}

impl Planner<'_> {
    /// The rows of a plan, changed. The function gets the columns of the query, then the keys; it gives the columns of
    /// these types, then the keys, in a batch of the schema that [`schema_of`] makes.
    pub(super) fn stage(
        &self,
        input: Planned,
        types: &[ColumnType],
        change: impl FnOnce(SchemaRef) -> Change,
    ) -> Planning<Planned> {
        let input = input.exact(self)?;
        if input.ordered {
            self.in_order.set(true);
        }
        let mut fields = Vec::new();
        let mut columns = Vec::new();
        for column_type in types {
            let name = self.fresh();
            fields.push(Field::new(&name, arrow_type(*column_type), true));
            columns.push(name);
        }
        let mut keys = Vec::new();
        for key in &input.keys {
            let name = self.fresh();
            fields.push(
                input.plan.schema().field_from_column(key)?.as_ref().clone().with_name(&name).with_nullable(true),
            );
            keys.push(name);
        }
        if fields.is_empty() {
            fields.push(Field::new(self.fresh(), datafusion::arrow::datatypes::DataType::Int64, true));
        }
        let schema: SchemaRef = Schema::new(fields).into();
        let table = Stage { plan: input.plan, schema: schema.clone(), change: change(schema) };
        self.of_provider(Arc::new(table), columns, types.to_vec(), keys, input.ordered)
    }

    /// A table whose columns have names of their own already, as a plan.
    pub(super) fn of_provider(
        &self,
        provider: Arc<dyn TableProvider>,
        columns: Vec<String>,
        types: Vec<ColumnType>,
        keys: Vec<String>,
        ordered: bool,
    ) -> Planning<Planned> {
        let name = self.fresh();
        let schema = provider.schema();
        let plan = LogicalPlanBuilder::scan(name.as_str(), provider_as_source(provider), None)?;
        // Without the name of the table.
        let exprs: Vec<_> = schema
            .fields()
            .iter()
            .map(|field| Expr::Column(Column::new(Some(name.as_str()), field.name())).alias(field.name()))
            .collect();
        let plan = plan.project(exprs)?.build()?;
        let columns = columns.into_iter().map(Column::new_unqualified).collect();
        let keys = keys.into_iter().map(Column::new_unqualified).collect();
        Ok(Planned { plan, columns, types, keys, ordered })
    }
}

/// A table of changed rows.
#[derive(Debug)]
struct Stage {
    plan: LogicalPlan,
    schema: SchemaRef,
    change: Change,
}

#[async_trait]
impl TableProvider for Stage {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = state.create_physical_plan(&self.plan).await?;
        let schema = project_schema(&self.schema, projection)?;
        let partitions = match &self.change {
            Change::Each(_) => input.properties().output_partitioning().partition_count(),
            Change::All(_) => 1,
        };
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Ok(Arc::new(StageExec {
            input,
            change: self.change.clone(),
            projection: projection.cloned(),
            properties: Arc::new(properties),
        }))
    }
}

/// A stage at work.
#[derive(Debug)]
struct StageExec {
    input: Arc<dyn ExecutionPlan>,
    change: Change,
    projection: Option<Vec<usize>>,
    properties: Arc<PlanProperties>,
}

impl DisplayAs for StageExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StageExec: {:?}", self.change)
    }
}

impl ExecutionPlan for StageExec {
    fn name(&self) -> &'static str {
        "StageExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    /// What is below is planned already.
    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let projection = self.projection.clone();
        let projected = move |batch: RecordBatch| match &projection {
            Some(columns) => Ok::<_, DataFusionError>(batch.project(columns)?),
            None => Ok(batch),
        };
        let schema = self.properties.equivalence_properties().schema().clone();
        let batches = match self.change.clone() {
            Change::Each(change) => {
                let input = self.input.execute(partition, context)?;
                input.map(move |batch| projected(change(&batch?)?)).boxed()
            }
            Change::All(change) => {
                let reservation = MemoryConsumer::new("stage").register(context.memory_pool());
                let mut input = execute_stream(self.input.clone(), context)?;
                let input_schema = self.input.schema();
                let all = async move {
                    let mut batches = Vec::new();
                    while let Some(batch) = input.try_next().await? {
                        // What comes out is about as large as what goes in, and both are there at once.
                        reservation.try_grow(batch.get_array_memory_size().saturating_mul(2))?;
                        batches.push(batch);
                    }
                    let all = concat_batches(&input_schema, &batches)?;
                    drop(batches);
                    projected(change(&all)?)
                };
                stream::once(all).boxed()
            }
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }
}
