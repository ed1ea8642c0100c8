//! The console: Leptos components and the server functions behind them, for browser and server.
//!
//! One folder a feature: `api.rs` holds its server functions and what they send, the other files its pages. `ui` is the
//! component kit, `server` what only the server has.

#![recursion_limit = "256"]

#[cfg(all(feature = "ssr", feature = "hydrate"))]
compile_error!("`ssr` and `hydrate` exclude each other: build the browser's crate by `cargo xtask build`");

mod accept;
mod account;
mod app;
mod audit;
mod compact;
mod error;
mod fields;
mod form;
mod invitations;
#[cfg(debug_assertions)]
pub mod kit;
mod layout;
mod lazy;
mod list;
mod organizations;
mod overview;
pub mod paths;
mod reading;
mod recovery;
#[cfg(feature = "ssr")]
pub mod server;
mod session;
mod setup;
mod sign_in;
mod tiers;
pub mod ui;
mod users;
mod wire;

pub use app::App;
pub use error::AppError;
#[cfg(feature = "hydrate")]
pub use lazy::{load_areas, load_what_is_pointed_at};
