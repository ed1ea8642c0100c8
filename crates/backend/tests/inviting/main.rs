//! Invitations from sending to accepting, and what is told of them, as stories on both engines.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on ends here")]

mod accepting;
mod guests;
#[expect(dead_code, reason = "other stories use the rest of the house")]
#[path = "../support/house.rs"]
mod house;
mod races;
mod renewing;
mod sending;
mod telling;
mod tiers;
