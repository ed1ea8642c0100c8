//! Users and accounts, as stories on both engines.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on ends here")]

mod accounts;
mod bringing;
mod demo;
#[path = "../support/house.rs"]
mod house;
mod housekeeping;
mod recovery;
mod second_factor;
mod sign_in_work;
mod tenants;
mod users;
mod users_change;
