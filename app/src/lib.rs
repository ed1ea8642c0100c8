//! The console: Leptos components and the server functions behind them, for browser and server.
