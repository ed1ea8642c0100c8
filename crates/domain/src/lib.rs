//! The rules of Usher, pure: no framework, no clock, no input or output. Builds for wasm32, so that the browser hides by
//! the same table that the server refuses by.

pub mod audit;
pub mod id;
pub mod invitation;
pub mod organization;
pub mod page;
pub mod problem;
pub mod query;
pub mod role;
pub mod text;
pub mod tier;
pub mod time;
pub mod user;
