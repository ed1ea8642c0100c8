//! Who is signed in, as pages need to know it: told by the server with the page, never trusted for more than hiding.

mod api;
mod view;

pub use api::{SessionView, SignOut};
use leptos::prelude::*;
pub use view::{Sessions, SignedInView};

/// The session within a signed-in page: the frame provides it.
pub fn use_session() -> SessionView {
    use_context::<SessionView>().unwrap_or_else(SessionView::nobody)
}
