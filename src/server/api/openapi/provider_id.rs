//! The id of a provider, as the documents describe it: designers offer those that the service lists.

use utoipa::{
    ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type, extensions::Extensions},
};

use super::connector::VALUES_FROM;

/// Stands for the text in `value_type`, always with `inline`.
pub(crate) struct ProviderId;

impl utoipa::PartialSchema for ProviderId {
    fn schema() -> RefOr<Schema> {
        let list = Extensions::builder().add(VALUES_FROM, "/v1/ti/providers").build();
        ObjectBuilder::new().schema_type(Type::String).extensions(Some(list)).into()
    }
}

impl ToSchema for ProviderId {}
