//! Tiers.

use domain::{
    id::TierId,
    text::{Name, fold},
    tier::{Price, Tier, TierLimits},
    time::Moment,
};
use uuid::Uuid;

use crate::{
    engine::{Tx, execute, fetch_all, fetch_optional},
    error::StoreError,
};

#[derive(sqlx::FromRow)]
struct TierRow {
    id: Uuid,
    name: String,
    seats: Option<i64>,
    credits: Option<i64>,
    features: String,
    price_hundredths: Option<i64>,
    price_currency: Option<String>,
    organization_count: i64,
    version: i64,
}

impl TryFrom<TierRow> for Tier {
    type Error = StoreError;

    fn try_from(row: TierRow) -> Result<Self, StoreError> {
        let features = serde_json::from_str(&row.features).map_err(|_| StoreError::Inconsistent {
            table: "tiers",
            column: "features",
            row: row.id.to_string(),
        })?;
        let price = row
            .price_hundredths
            .zip(row.price_currency)
            .map(|(hundredths, currency)| Price { hundredths, currency });
        Ok(Self {
            id: TierId(row.id),
            name: Name::trusted(row.name),
            limits: TierLimits {
                seats: row.seats,
                credits: row.credits,
                features,
                price,
            },
            organizations: row.organization_count,
            version: row.version,
        })
    }
}

const ALL: &str =
    "select id, name, seats, credits, features, price_hundredths, price_currency, organization_count, version
    from tiers order by name_key";
const ONE: &str =
    "select id, name, seats, credits, features, price_hundredths, price_currency, organization_count, version
    from tiers where id = $1";

/// All tiers by name. There are few.
pub async fn all(tx: &mut Tx) -> Result<Vec<Tier>, StoreError> {
    fetch_all!(tx, TierRow, ALL)?.into_iter().map(Tier::try_from).collect()
}

pub async fn find(tx: &mut Tx, id: TierId) -> Result<Option<Tier>, StoreError> {
    fetch_optional!(tx, TierRow, ONE, id.0)?.map(Tier::try_from).transpose()
}

fn features(limits: &TierLimits) -> String {
    serde_json::Value::from(limits.features.clone()).to_string()
}

pub async fn insert(tx: &mut Tx, id: TierId, name: &Name, limits: &TierLimits, now: Moment) -> Result<(), StoreError> {
    execute!(
        tx,
        "insert into tiers (id, name, name_key, seats, credits, features, price_hundredths, price_currency, created_at,
           updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        id.0,
        name.as_str(),
        fold(name.as_str()),
        limits.seats,
        limits.credits,
        features(limits),
        limits.price.as_ref().map(|price| price.hundredths),
        limits.price.as_ref().map(|price| price.currency.clone()),
        now.0
    )?;
    Ok(())
}

/// False when somebody else changed it since `version`.
pub async fn update(
    tx: &mut Tx,
    id: TierId,
    version: i64,
    name: &Name,
    limits: &TierLimits,
    now: Moment,
) -> Result<bool, StoreError> {
    let changed = execute!(
        tx,
        "update tiers set name = $3, name_key = $4, seats = $5, credits = $6, features = $7, price_hundredths = $8,
           price_currency = $9, updated_at = $10, version = version + 1 where id = $1 and version = $2",
        id.0,
        version,
        name.as_str(),
        fold(name.as_str()),
        limits.seats,
        limits.credits,
        features(limits),
        limits.price.as_ref().map(|price| price.hundredths),
        limits.price.as_ref().map(|price| price.currency.clone()),
        now.0
    )?;
    // The organizations list sorts by it.
    execute!(
        tx,
        "update organizations set tier_key = $2 where tier_id = $1",
        id.0,
        fold(name.as_str())
    )?;
    Ok(changed == 1)
}

/// False when it is gone; `StoreError::Related` when an organization has it.
pub async fn delete(tx: &mut Tx, id: TierId) -> Result<bool, StoreError> {
    Ok(execute!(tx, "delete from tiers where id = $1", id.0)? == 1)
}
