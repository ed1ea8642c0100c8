//! The console: Leptos components and the server functions behind them, for browser and server.

#[cfg(debug_assertions)]
pub mod kit;
pub mod ui;
