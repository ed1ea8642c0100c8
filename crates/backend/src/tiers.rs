//! Tiers: Admins edit them, an Org Admin sees the own organization's.

use domain::{
    audit::{Action, ObjectKind},
    id::TierId,
    problem::{FieldErrors, Problem},
    text::Name,
    tier::{Price, Tier, TierLimits, parse_amount, parse_currency, parse_features, parse_limit},
};
use serde_json::{Value, json};
use store::{Scope, StoreError, Tx};

use crate::{
    access::{Administration, Management},
    audit::{Entry, record},
    error::{Changed, Error},
    secret::random,
    show::{count, grouped},
};

/// What a person typed, field by field.
#[derive(Clone, Debug, Default)]
pub struct TierInput {
    pub name: String,
    /// Users plus pending invitations; empty is unlimited, like `credits`.
    pub seats: String,
    pub credits: String,
    /// Names of features, one a line.
    pub features: String,
    /// An amount a month; empty is no price.
    pub price: String,
    /// Three letters. Needed only beside a price.
    pub currency: String,
}

impl TierInput {
    fn parse(&self) -> Result<(Name, TierLimits), Error> {
        let mut errors = FieldErrors::default();
        let name = errors.take("name", Name::parse(&self.name));
        let seats = errors.take("seats", parse_limit(&self.seats));
        let credits = errors.take("credits", parse_limit(&self.credits));
        let features = errors.take("features", parse_features(&self.features));
        let amount = errors.take("price", parse_amount(&self.price));
        let price = match amount.flatten() {
            None => None,
            Some(hundredths) => errors
                .take("currency", parse_currency(&self.currency))
                .map(|currency| Price { hundredths, currency }),
        };
        match (name, seats, credits, features) {
            (Some(name), Some(seats), Some(credits), Some(features)) if errors.is_empty() => {
                let limits = TierLimits {
                    seats,
                    credits,
                    features,
                    price,
                };
                Ok((name, limits))
            }
            _ => Err(Error::Invalid(errors)),
        }
    }
}

impl Administration {
    pub async fn create_tier(&self, input: &TierInput) -> Result<TierId, Error> {
        let (name, limits) = &input.parse()?;
        let now = self.backend.clock().now();
        let id = TierId::new(now, random()?);
        self.backend
            .store()
            .write(|mut tx| async move {
                self.recheck(&mut tx).await?;
                store::tier::insert(&mut tx, id, name, limits, now).await?;
                let entry = Entry::new(Action::TierCreated, ObjectKind::Tier, id.0, name.as_str());
                record(&mut tx, &(&self.caller).into(), now, entry.after(tell(name, limits))).await
            })
            .await?;
        Ok(id)
    }

    /// `version` is the one that the form was opened with.
    pub async fn change_tier(&self, id: TierId, version: i64, input: &TierInput) -> Result<(), Error> {
        let (name, limits) = &input.parse()?;
        let now = self.backend.clock().now();
        self.backend
            .store()
            .write(|mut tx| async move {
                self.recheck(&mut tx).await?;
                let before = store::tier::find(&mut tx, id).await?.ok_or(Error::NotFound)?;
                if before.version != version {
                    return Err(Error::Changed(changed(&before, name, limits)));
                }
                if !store::tier::update(&mut tx, id, version, name, limits, now).await? {
                    return Err(Error::LostRace);
                }
                let entry = Entry::new(Action::TierChanged, ObjectKind::Tier, id.0, name.as_str());
                let entry = entry
                    .before(tell(&before.name, &before.limits))
                    .after(tell(name, limits));
                record(&mut tx, &(&self.caller).into(), now, entry).await
            })
            .await
    }

    /// Refused while organizations have it: they would lose their limits without a word.
    pub async fn delete_tier(&self, id: TierId, version: i64) -> Result<(), Error> {
        let now = self.backend.clock().now();
        self.backend
            .store()
            .write(|mut tx| async move {
                self.recheck(&mut tx).await?;
                let before = store::tier::find(&mut tx, id).await?.ok_or(Error::NotFound)?;
                if before.version != version {
                    return Err(Error::Changed(changed(&before, &before.name, &before.limits)));
                }
                if before.organizations > 0 {
                    return Err(Error::Refused(in_use(&before)));
                }
                match store::tier::delete(&mut tx, id).await {
                    Ok(true) => {}
                    // An organization got it at this moment: next time it is counted.
                    Ok(false) | Err(StoreError::Related) => return Err(Error::LostRace),
                    Err(error) => return Err(error.into()),
                }
                let entry = Entry::new(Action::TierDeleted, ObjectKind::Tier, id.0, before.name.as_str());
                let entry = entry.before(tell(&before.name, &before.limits));
                record(&mut tx, &(&self.caller).into(), now, entry).await
            })
            .await
    }
}

impl Management {
    /// All tiers by name for an Admin; for an Org Admin the own organization's, if it has one.
    pub async fn tiers(&self) -> Result<Vec<Tier>, Error> {
        let mut tx = self.backend.store().read().await?;
        let Scope::Organization(own) = self.scope else {
            return Ok(store::tier::all(&mut tx).await?);
        };
        Ok(own_tier(&mut tx, self.scope, own).await?.into_iter().collect())
    }

    /// One of [`Self::tiers`].
    pub async fn tier(&self, id: TierId) -> Result<Tier, Error> {
        let tiers = self.tiers().await?;
        tiers.into_iter().find(|tier| tier.id == id).ok_or(Error::NotFound)
    }
}

async fn own_tier(tx: &mut Tx, scope: Scope, own: domain::id::OrganizationId) -> Result<Option<Tier>, Error> {
    let organization = store::organization::find(tx, scope, own).await?;
    let Some(id) = organization.and_then(|found| found.organization.tier) else {
        return Ok(None);
    };
    let tier = store::tier::find(tx, id).await?;
    // Of the organizations that have it, they know their own.
    Ok(tier.map(|tier| Tier {
        organizations: 1,
        ..tier
    }))
}

fn in_use(tier: &Tier) -> Problem {
    let (number, verb) = (tier.organizations, if tier.organizations == 1 { "has" } else { "have" });
    Problem::from(format!(
        "{} {verb} this tier. Give them another one first.",
        count(number, "organization")
    ))
}

/// As the audit log and a conflict tell it.
fn words(name: &Name, limits: &TierLimits) -> [(&'static str, String); 5] {
    let limit = |limit: Option<i64>| limit.map_or_else(|| "Unlimited".to_owned(), grouped);
    let price = limits.price.as_ref();
    [
        ("Name", name.to_string()),
        ("Seats", limit(limits.seats)),
        ("AI usage limit", limit(limits.credits)),
        ("Features", limits.features.join(", ")),
        (
            "Price",
            price.map_or_else(
                || "–".to_owned(),
                |price| format!("{} {}", price.amount(), price.currency),
            ),
        ),
    ]
}

fn tell(name: &Name, limits: &TierLimits) -> Value {
    words(name, limits)
        .into_iter()
        .map(|(label, value)| (label.to_owned(), json!(value)))
        .collect()
}

fn changed(now: &Tier, name: &Name, limits: &TierLimits) -> Changed {
    let typed = words(name, limits);
    let stands = words(&now.name, &now.limits);
    Changed {
        fields: stands
            .into_iter()
            .zip(typed)
            .filter(|(stands, typed)| stands != typed)
            .map(|(stands, _)| stands)
            .collect(),
        version: now.version,
    }
}
