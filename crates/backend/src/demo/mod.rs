//! Believable data for trying Usher: 4 tiers, 12 organizations, 400 users and 80 invitations in every status.

pub(crate) mod words;

use domain::{
    audit::{Action, ObjectKind},
    id::{InvitationId, OrganizationId, TierId, UserId},
    invitation::{Invitation, Lifetime},
    organization::OrganizationDraft,
    role::Role,
    text::{Code, Description, Email, Name},
    tier::{Price, TierLimits},
    time::Moment,
    user::{User, UserState},
};
use store::{Tx, tally::Tally};

use crate::{
    Backend,
    access::Request,
    audit::{Actor, Entry, record},
    error::Error,
    password::NewPassword,
    secret::{Token, random},
};

/// Everybody's password in the demo. It is known, so the demo is only for this machine.
pub const PASSWORD: &str = "try usher on this machine";

/// Who to sign in as: role and address.
pub const SIGN_INS: [(Role, &str); 3] = [
    (Role::Admin, "admin@demo.example"),
    (Role::OrgAdmin, "orgadmin@demo.example"),
    (Role::User, "user@demo.example"),
];

const USERS: usize = 400;
const INVITATIONS: usize = 80;
const DAY: i64 = 86_400;

impl Backend {
    /// Fills an installation in which there is nobody yet. True when it did, false when the demo is there already.
    pub async fn fill_with_demo(&self) -> Result<bool, Error> {
        let mut tx = self.store().read().await?;
        let email = Email::trusted(SIGN_INS[0].1.to_owned());
        let is_filled = store::user::credentials(&mut tx, &email).await?.is_some();
        let is_new = store::user::count_active_admins(&mut tx).await? == 0;
        drop(tx);
        if is_filled {
            return Ok(false);
        }
        if !is_new {
            return Err(Error::refused(
                "This installation is in use. The demo needs a data folder of its own.",
            ));
        }
        let password = NewPassword::parse(PASSWORD, &[]).map_err(Error::Refused)?;
        let hash = &self.passwords().hash(&password).await?;
        let now = self.clock().now();
        self.store()
            .write(|mut tx| async move {
                store::installation::set_setup_token(&mut tx, None).await?;
                let mut demo = Demo {
                    now,
                    hash,
                    dice: Dice(7),
                    inviters: Vec::new(),
                };
                demo.fill(&mut tx).await
            })
            .await?;
        Ok(true)
    }
}

struct Demo<'a> {
    now: Moment,
    hash: &'a str,
    dice: Dice,
    /// Who may invite, with where they belong.
    inviters: Vec<(UserId, Option<OrganizationId>)>,
}

/// Numbers that look like chance and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % limit.max(1)
    }

    /// The same, to reckon times with.
    fn number(&mut self, limit: usize) -> i64 {
        i64::try_from(self.below(limit)).unwrap_or_default()
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

impl Demo<'_> {
    async fn fill(&mut self, tx: &mut Tx) -> Result<(), Error> {
        let tiers = self.tiers(tx).await?;
        let organizations = self.organizations(tx, &tiers).await?;
        self.users(tx, &organizations).await?;
        self.invitations(tx).await
    }

    fn ago(&self, seconds: i64) -> Moment {
        self.now.minus_seconds(seconds)
    }

    /// Gives the four tiers that every installation has their limits and prices.
    async fn tiers(&self, tx: &mut Tx) -> Result<Vec<(TierId, Option<i64>)>, Error> {
        let mut ids = Vec::new();
        for tier in store::tier::all(tx).await? {
            let (seats, credits, hundredths, features) = match tier.name.as_str() {
                "Free" => (Some(40), Some(1_000), 0, "Audit log"),
                "Standard" => (Some(100), Some(20_000), 4_900, "Audit log\nCSV export"),
                "Premium" => (
                    Some(500),
                    Some(200_000),
                    19_900,
                    "Audit log\nCSV export\nPriority support",
                ),
                _ => (
                    None,
                    None,
                    79_900,
                    "Audit log\nCSV export\nPriority support\nSingle sign-on",
                ),
            };
            let price = Some(Price {
                hundredths,
                currency: "EUR".to_owned(),
            });
            let features = features.lines().map(str::to_owned).collect();
            let limits = TierLimits {
                seats,
                credits,
                features,
                price,
            };
            store::tier::update(tx, tier.id, tier.version, &tier.name, &limits, self.now).await?;
            ids.push((tier.id, seats));
        }
        Ok(ids)
    }

    async fn organizations(
        &mut self,
        tx: &mut Tx,
        tiers: &[(TierId, Option<i64>)],
    ) -> Result<Vec<OrganizationId>, Error> {
        let mut ids = Vec::new();
        for (index, (name, code, description)) in words::ORGANIZATIONS.iter().enumerate() {
            let created = self.ago(DAY * (400 - 20 * i64::try_from(index).unwrap_or_default()));
            let id = OrganizationId::new(created, random()?);
            // The first is too big for any tier with a limit; one has none.
            let tier = match index {
                0 => tiers.iter().find(|(_, seats)| seats.is_none()).map(|(id, _)| *id),
                5 => None,
                _ => tiers.get(index % tiers.len().max(1)).map(|(id, _)| *id),
            };
            let draft = OrganizationDraft {
                name: Name::trusted((*name).to_owned()),
                code: Code::trusted((*code).to_owned()),
                description: Description::trusted((*description).to_owned()),
                tier,
            };
            store::organization::insert(tx, id, &draft, created).await?;
            let entry = Entry::new(Action::OrganizationCreated, ObjectKind::Organization, id.0, name);
            self.note(tx, created, entry.organization(Some(id))).await?;
            ids.push(id);
        }
        Ok(ids)
    }

    async fn users(&mut self, tx: &mut Tx, organizations: &[OrganizationId]) -> Result<(), Error> {
        let first = organizations.first().copied();
        for (role, email) in SIGN_INS {
            let organization = if role == Role::Admin { None } else { first };
            let name = format!("Demo {}", role.label());
            self.user(tx, email.to_owned(), name, role, organization, false).await?;
        }
        for number in SIGN_INS.len()..USERS {
            let (given, family) = (self.dice.pick(words::GIVEN), self.dice.pick(words::FAMILY));
            let email = format!(
                "{}.{}{number}@{}",
                ascii(given),
                ascii(family),
                self.dice.pick(words::DOMAINS)
            );
            let role = match number % 25 {
                0 if number < 60 => Role::Admin,
                0..3 => Role::OrgAdmin,
                _ => Role::User,
            };
            // Half of them belong to the first organization, the rest to small ones.
            let other = organizations
                .get(1 + self.dice.below(organizations.len().saturating_sub(1)))
                .copied();
            let organization = match role {
                Role::Admin if number % 2 == 1 => None,
                _ if self.dice.below(2) == 0 => first,
                _ => other.or(first),
            };
            let suspended = self.dice.below(25) == 0;
            self.user(tx, email, format!("{given} {family}"), role, organization, suspended)
                .await?;
        }
        Ok(())
    }

    async fn user(
        &mut self,
        tx: &mut Tx,
        email: String,
        name: String,
        role: Role,
        organization: Option<OrganizationId>,
        suspended: bool,
    ) -> Result<(), Error> {
        let age = DAY * self.dice.number(380) + 3600;
        let created = self.ago(age);
        let last_sign_in = match self.dice.below(5) {
            0 => None,
            _ => Some(Moment(
                created.0 + (self.now.0 - created.0) / 100 * self.dice.number(100),
            )),
        };
        let user = User {
            id: UserId::new(created, random()?),
            email: Email::trusted(email),
            name: Name::trusted(name),
            role,
            organization,
            state: if suspended {
                UserState::Suspended
            } else {
                UserState::Active
            },
            must_change_password: false,
            created,
            updated: created,
            last_sign_in,
            version: 1,
        };
        store::user::insert(tx, &user, Some(self.hash), None).await?;
        if role != Role::User && !suspended {
            self.inviters.push((user.id, organization));
        }
        Ok(())
    }

    /// A third each of pending, accepted and expired ones.
    async fn invitations(&mut self, tx: &mut Tx) -> Result<(), Error> {
        for number in 0..INVITATIONS {
            let (inviter, organization) = self.inviters[self.dice.below(self.inviters.len())];
            let family = self.dice.pick(words::FAMILY);
            let email = format!("{}.new{number}@{}", ascii(family), self.dice.pick(words::DOMAINS));
            let age = match number % 3 {
                0 => 3600 * (1 + self.dice.number(150)),
                _ => DAY * (8 + self.dice.number(80)),
            };
            let sent = self.ago(age);
            let role = if organization.is_none() {
                Role::Admin
            } else {
                Role::User
            };
            let invitation = Invitation {
                id: InvitationId::new(sent, random()?),
                email: Email::trusted(email),
                role,
                organization,
                invited_by: Some(inviter),
                sent,
                expires: sent.plus_seconds(Lifetime::DEFAULT.seconds()),
                accepted: None,
                version: 1,
            };
            let token_hash = Token::new()?.hash();
            store::invitation::insert(tx, &invitation, Lifetime::DEFAULT.seconds(), &token_hash).await?;
            store::tally::add(tx, organization, Tally::Sent, sent, invitation.id.0, 1).await?;
            if number % 3 == 1 {
                let seconds = 600 + i64::try_from(self.dice.below(200_000)).unwrap_or_default();
                let accepted = sent.plus_seconds(seconds);
                store::invitation::accept(tx, &invitation, &token_hash, accepted).await?;
                store::tally::add(tx, organization, Tally::Accepted, sent, invitation.id.0, 1).await?;
                store::tally::add(tx, organization, Tally::SecondsToAccept, sent, invitation.id.0, seconds).await?;
            }
            let entry = Entry::new(
                Action::InvitationSent,
                ObjectKind::Invitation,
                invitation.id.0,
                invitation.email.as_str(),
            );
            self.note(tx, sent, entry.organization(organization)).await?;
        }
        Ok(())
    }

    async fn note(&self, tx: &mut Tx, at: Moment, entry: Entry<'_>) -> Result<(), Error> {
        let request = Request::default();
        record(tx, &Actor::anonymous("demo", &request), at, entry).await
    }
}

/// A name as part of an address.
pub(crate) fn ascii(name: &str) -> String {
    domain::text::fold(name)
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect()
}
