//! Values of the audit log as they lie in their rows. Whoever writes to the database past Usher may leave there what cannot
//! be read: one such row must neither stop whoever reads the others, nor go unnamed.

use std::fmt;

use sqlx::{
    Database, Decode, Encode, Postgres, Sqlite, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgTypeInfo, PgValueRef},
    sqlite::{SqliteArgumentsBuffer, SqliteTypeInfo, SqliteValueRef},
};
use uuid::Uuid;

/// A value that is None where it cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Readable<T>(pub(crate) Option<T>);

impl<D: Database, T: Type<D>> Type<D> for Readable<T> {
    fn type_info() -> D::TypeInfo {
        T::type_info()
    }

    fn compatible(found: &D::TypeInfo) -> bool {
        T::compatible(found)
    }
}

impl<'r, D: Database, T: Decode<'r, D>> Decode<'r, D> for Readable<T> {
    fn decode(value: D::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(T::decode(value).ok()))
    }
}

/// An event's id. On SQLite it may have any number of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawId(Vec<u8>);

impl RawId {
    /// None for an id that Usher would not write.
    pub fn readable(&self) -> Option<Uuid> {
        Uuid::from_slice(&self.0).ok()
    }

    /// One that stands where this one does, or next to it.
    pub(crate) fn nearest(&self) -> Uuid {
        let mut bytes = [0; 16];
        let length = self.0.len().min(bytes.len());
        bytes[..length].copy_from_slice(&self.0[..length]);
        Uuid::from_bytes(bytes)
    }
}

impl From<Uuid> for RawId {
    fn from(id: Uuid) -> Self {
        Self(id.as_bytes().to_vec())
    }
}

/// As a person writes it in a statement.
impl fmt::Display for RawId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.readable() {
            Some(id) => id.fmt(formatter),
            None => {
                formatter.write_str("x'")?;
                self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))?;
                formatter.write_str("'")
            }
        }
    }
}

impl Type<Sqlite> for RawId {
    fn type_info() -> SqliteTypeInfo {
        <Vec<u8> as Type<Sqlite>>::type_info()
    }

    fn compatible(found: &SqliteTypeInfo) -> bool {
        <Vec<u8> as Type<Sqlite>>::compatible(found)
    }
}

impl<'r> Decode<'r, Sqlite> for RawId {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        <Vec<u8> as Decode<Sqlite>>::decode(value).map(Self)
    }
}

impl<'q> Encode<'q, Sqlite> for RawId {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        <Vec<u8> as Encode<Sqlite>>::encode_by_ref(&self.0, buffer)
    }
}

/// Postgres keeps each id at its sixteen bytes.
impl Type<Postgres> for RawId {
    fn type_info() -> PgTypeInfo {
        <Uuid as Type<Postgres>>::type_info()
    }
}

impl<'r> Decode<'r, Postgres> for RawId {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        <Uuid as Decode<Postgres>>::decode(value).map(Self::from)
    }
}

impl<'q> Encode<'q, Postgres> for RawId {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <Uuid as Encode<Postgres>>::encode_by_ref(&self.nearest(), buffer)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::RawId;

    #[test]
    fn an_id_of_another_length_is_shown_as_its_bytes() {
        let id = Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0001);
        assert_eq!(RawId::from(id).to_string(), id.to_string());
        assert_eq!(RawId(vec![0, 0xAB]).to_string(), "x'00ab'");
        assert_eq!(RawId(Vec::new()).to_string(), "x''");
        assert_eq!(RawId(vec![0; 17]).readable(), None);
    }
}
