//! The rows, each made of the seed and its own number alone: so a larger seeding goes on where a smaller one has ended.

use domain::{
    id::{InvitationId, OrganizationId, TierId, UserId},
    organization::OrganizationDraft,
    role::Role,
    text::{Code, Description, Email, Name},
    time::Moment,
};
use store::bulk::{NewInvitation, NewOrganization, NewUser};

use super::words;
use crate::demo::{ascii, words as people};

const DAY: i64 = 86_400;

/// What rows refer to, the same for all of them.
pub(super) struct Maker {
    pub(super) seed: u64,
    pub(super) now: Moment,
    pub(super) tiers: Vec<TierId>,
    /// Those that are there.
    pub(super) organizations: Vec<OrganizationId>,
    pub(super) users: u64,
}

/// So many users have one Admin among them, and one Org Admin.
const ADMIN_EVERY: u64 = 500;
const ORG_ADMIN_EVERY: u64 = 40;

impl Maker {
    pub(super) fn organization_id(&self, number: u64) -> OrganizationId {
        let (time, bytes) = self.dice('o', number).identifier();
        OrganizationId::new(time, bytes)
    }

    fn user_id(&self, number: u64) -> UserId {
        let (time, bytes) = self.dice('u', number).identifier();
        UserId::new(time, bytes)
    }

    fn dice(&self, kind: char, number: u64) -> Dice {
        let mut dice = Dice(self.seed ^ (u64::from(kind) << 56));
        dice.0 = dice.next().wrapping_add(number);
        dice.next();
        Dice(dice.next())
    }

    /// A number that tells rows of one name apart; other seeds have others.
    fn tag(&self, number: u64) -> String {
        if self.seed == 1 {
            number.to_string()
        } else {
            format!("{number}.{}", self.seed)
        }
    }

    pub(super) fn organization(&self, number: u64) -> NewOrganization {
        let mut dice = self.dice('O', number);
        let (first, (trade, description)) = (dice.pick(words::FIRST), dice.pick(words::TRADE));
        let tag = number + 1;
        let code = format!("{}-{}", first.to_uppercase(), self.tag(tag));
        NewOrganization {
            id: self.organization_id(number),
            draft: OrganizationDraft {
                name: Name::trusted(format!("{first} {trade} {tag}")),
                code: Code::trusted(code.replace('.', "-")),
                description: Description::trusted((*description).to_owned()),
                // One in ten has none; the first tiers are the commonest.
                tier: if dice.below(10) == 0 || self.tiers.is_empty() {
                    None
                } else {
                    let place = dice.below(self.tiers.len()).min(dice.below(self.tiers.len()));
                    self.tiers.get(place).copied()
                },
            },
            created: self.now.minus_seconds(DAY * (380 + dice.number(700))),
        }
    }

    pub(super) fn user(&self, number: u64) -> NewUser {
        let mut dice = self.dice('U', number);
        let (given, family) = (dice.pick(people::GIVEN), dice.pick(people::FAMILY));
        let domain = dice.pick(people::DOMAINS);
        let role = match number {
            number if number.is_multiple_of(ADMIN_EVERY) => Role::Admin,
            number if number.is_multiple_of(ORG_ADMIN_EVERY) => Role::OrgAdmin,
            _ => Role::User,
        };
        let age = 3600 + dice.number(380 * 86_400);
        let created = self.now.minus_seconds(age);
        let is_global = role == Role::Admin && dice.below(2) == 0;
        NewUser {
            id: self.user_id(number),
            email: Email::trusted(format!(
                "{}.{}{}@{domain}",
                ascii(given),
                ascii(family),
                self.tag(number)
            )),
            name: Name::trusted(format!("{given} {family}")),
            role,
            organization: if is_global { None } else { Some(self.place(&mut dice)) },
            created,
            last_sign_in: (dice.below(5) > 0)
                .then(|| created.plus_seconds(dice.number(usize::try_from(age).unwrap_or(1)))),
        }
    }

    /// More than half are accepted, some pending, the rest expired.
    pub(super) fn invitation(&self, number: u64) -> NewInvitation {
        let mut dice = self.dice('I', number);
        let (time, bytes) = self.dice('i', number).identifier();
        let (given, family) = (dice.pick(people::GIVEN), dice.pick(people::FAMILY));
        let (lifetime, fate) = (7 * DAY, dice.below(100));
        let created = match fate {
            0..15 => self.now.minus_seconds(dice.number(6 * 86_400)),
            _ => self.now.minus_seconds(lifetime + 3600 + dice.number(380 * 86_400)),
        };
        let admins = self.users.div_ceil(ADMIN_EVERY).max(1);
        NewInvitation {
            id: InvitationId::new(time, bytes),
            email: Email::trusted(format!(
                "{}.{}.guest{}@{}",
                ascii(given),
                ascii(family),
                self.tag(number),
                dice.pick(people::DOMAINS)
            )),
            role: if dice.below(16) == 0 {
                Role::OrgAdmin
            } else {
                Role::User
            },
            organization: Some(self.place(&mut dice)),
            invited_by: Some(self.user_id(dice.long(admins) * ADMIN_EVERY)),
            created,
            expires: created.plus_seconds(lifetime),
            accepted: (fate >= 45).then(|| created.plus_seconds(600 + dice.number(6 * 86_400))),
        }
    }

    /// The first organizations are the big ones.
    fn place(&self, dice: &mut Dice) -> OrganizationId {
        let all = self.organizations.len();
        let place = dice.below(all).min(dice.below(all)).min(dice.below(all));
        self.organizations[place]
    }
}

/// Numbers that look like chance and are the same each time: SplitMix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn long(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.long(limit as u64)).unwrap_or_default()
    }

    /// The same, to reckon times with.
    fn number(&mut self, limit: usize) -> i64 {
        i64::try_from(self.below(limit)).unwrap_or_default()
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// A time and bytes for an identifier, the same each time: what is there already is known again.
    fn identifier(&mut self) -> (Moment, [u8; 10]) {
        // Three years from 2023 on.
        let time = Moment(1_672_531_200_000 + self.number(3 * 365) * DAY * 1000 + self.number(86_400_000));
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&self.next().to_le_bytes());
        bytes[8..].copy_from_slice(&self.next().to_le_bytes()[..2]);
        (time, bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use domain::{
        id::OrganizationId,
        role::Role,
        text::{Code, Email, Name},
        time::Moment,
    };
    use uuid::Uuid;

    use super::Maker;

    fn maker(seed: u64) -> Maker {
        Maker {
            seed,
            now: Moment(1_795_500_000_000),
            tiers: Vec::new(),
            organizations: (1..=20).map(|number| OrganizationId(Uuid::from_u128(number))).collect(),
            users: 1000,
        }
    }

    #[test]
    fn what_is_made_would_pass_where_people_type_it() {
        let maker = maker(7);
        for number in 0..2000 {
            let (user, organization) = (maker.user(number), maker.organization(number));
            assert_eq!(Email::parse(user.email.as_str()).unwrap(), user.email);
            assert_eq!(Name::parse(user.name.as_str()).unwrap(), user.name);
            assert_eq!(
                Name::parse(organization.draft.name.as_str()).unwrap(),
                organization.draft.name
            );
            assert_eq!(
                Code::parse(organization.draft.code.as_str()).unwrap(),
                organization.draft.code
            );
            let invitation = maker.invitation(number);
            assert_eq!(Email::parse(invitation.email.as_str()).unwrap(), invitation.email);
            assert!(
                user.created <= maker.now
                    && user
                        .last_sign_in
                        .is_none_or(|seen| user.created <= seen && seen <= maker.now)
            );
            assert!(user.organization.is_some() || user.role == Role::Admin);
        }
    }

    #[test]
    fn rows_are_told_apart_within_a_seed_and_between_seeds() {
        let (one, two) = (maker(1), maker(2));
        let all = |maker: &Maker| (0..5000).map(|number| maker.user(number)).collect::<Vec<_>>();
        let rows: Vec<_> = all(&one).into_iter().chain(all(&two)).collect();
        assert_eq!(rows.iter().map(|row| row.id).collect::<HashSet<_>>().len(), rows.len());
        assert_eq!(
            rows.iter()
                .map(|row| row.email.to_string())
                .collect::<HashSet<_>>()
                .len(),
            rows.len()
        );
    }

    #[test]
    fn some_organizations_are_much_bigger_than_others() {
        let maker = maker(1);
        let of = |organization: OrganizationId| {
            let users = (0..5000).filter(|number| maker.user(*number).organization == Some(organization));
            users.count()
        };
        let (first, last) = (of(maker.organizations[0]), of(maker.organizations[19]));
        assert!(first > 500 && last < 50, "{first} {last}");
    }
}
