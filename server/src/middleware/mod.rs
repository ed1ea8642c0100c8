//! What every request passes: who asks, from where it was sent, and what every answer carries.

mod body;
mod calls;
mod client;
mod finish;
mod flood;
mod headers;
mod leaving;
mod origin;
mod panic;

pub use body::{BodyLimits, receive};
pub use calls::answer_calls;
pub use client::{TrustedProxies, note_request};
pub use finish::finish;
pub use flood::{Valve, hold_back_floods};
pub use headers::{IsHttps, set_headers};
pub use leaving::{Leaving, send_away};
pub use origin::{OwnOrigin, refuse_cross_site};
pub use panic::note_panic;
