//! The server functions of tiers and what they send.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AppError, form::Done};

/// A tier as the list shows it, and as its form is filled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierView {
    pub id: String,
    pub name: String,
    /// "Unlimited", or a number; so is `credits`.
    pub seats: String,
    pub credits: String,
    pub features: Vec<String>,
    /// "49.90 EUR", or "–".
    pub price: String,
    /// "3 organizations".
    pub organizations: String,
    pub is_used: bool,
    pub form: TierForm,
    pub version: i64,
}

/// The fields of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TierForm {
    pub name: String,
    pub seats: String,
    pub credits: String,
    /// One a line.
    pub features: String,
    pub price: String,
    pub currency: String,
}

#[cfg(feature = "ssr")]
mod convert {
    use backend::{
        show::{count, grouped},
        tiers::TierInput,
    };
    use domain::tier::{Price, Tier};

    use super::{TierForm, TierView};

    impl From<TierForm> for TierInput {
        fn from(form: TierForm) -> Self {
            Self {
                name: form.name,
                seats: form.seats,
                credits: form.credits,
                features: form.features,
                price: form.price,
                currency: form.currency,
            }
        }
    }

    impl From<Tier> for TierView {
        fn from(tier: Tier) -> Self {
            let limits = tier.limits;
            let limit = |limit: Option<i64>| limit.map_or_else(|| "Unlimited".to_owned(), grouped);
            let typed = |limit: Option<i64>| limit.map(|limit| limit.to_string()).unwrap_or_default();
            let amount = limits.price.as_ref().map(Price::amount).unwrap_or_default();
            let currency = limits.price.map(|price| price.currency).unwrap_or_default();
            Self {
                id: tier.id.to_string(),
                name: tier.name.to_string(),
                seats: limit(limits.seats),
                credits: limit(limits.credits),
                price: if currency.is_empty() {
                    "–".to_owned()
                } else {
                    format!("{amount} {currency}")
                },
                organizations: count(tier.organizations, "organization"),
                is_used: tier.organizations > 0,
                form: TierForm {
                    name: tier.name.to_string(),
                    seats: typed(limits.seats),
                    credits: typed(limits.credits),
                    features: limits.features.join("\n"),
                    price: amount,
                    currency,
                },
                features: limits.features,
                version: tier.version,
            }
        }
    }
}

/// All tiers for an Admin, the own organization's for an Org Admin.
#[server(endpoint = "tiers/list", input = server_fn::codec::GetUrl, output = crate::compact::Answer)]
pub async fn list_tiers() -> Result<Vec<TierView>, AppError> {
    use crate::server;

    let tiers = server::access().await?.management()?.tiers().await?;
    Ok(tiers.into_iter().map(TierView::from).collect())
}

/// One of them, for those who may edit it.
#[server(endpoint = "tiers/get", input = server_fn::codec::GetUrl, output = crate::compact::Answer)]
pub async fn get_tier(id: String) -> Result<TierView, AppError> {
    use crate::server;

    let access = server::access().await?;
    access.administration()?;
    let tier = access.management()?.tier(server::parse_id(&id)?).await?;
    Ok(TierView::from(tier))
}

#[server(endpoint = "tiers/create", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn create_tier(#[server(flatten)] form: TierForm) -> Result<Done, AppError> {
    use crate::{paths, server};

    let name = form.name.trim().to_owned();
    let administration = server::access().await?.administration()?;
    administration.create_tier(&form.into()).await?;
    Ok(Done::back_to(paths::TIERS, format!("{name} was created.")))
}

#[server(endpoint = "tiers/change", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn change_tier(
    id: String,
    #[server(default)] version: String,
    #[server(flatten)] form: TierForm,
) -> Result<Done, AppError> {
    use crate::{paths, server};

    let name = form.name.trim().to_owned();
    let administration = server::access().await?.administration()?;
    let (id, version) = (server::parse_id(&id)?, server::parse_version(&version)?);
    administration.change_tier(id, version, &form.into()).await?;
    Ok(Done::back_to(paths::TIERS, format!("{name} was saved.")))
}

#[server(endpoint = "tiers/delete", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn delete_tier(id: String, #[server(default)] version: String) -> Result<Done, AppError> {
    use crate::{paths, server};

    let administration = server::access().await?.administration()?;
    let (id, version) = (server::parse_id(&id)?, server::parse_version(&version)?);
    administration.delete_tier(id, version).await?;
    Ok(Done::back_to(paths::TIERS, "The tier was deleted."))
}
