//! What somebody waits to see is painted before the page goes on with what can wait.

use std::time::Duration;

use leptos::prelude::*;
use leptos::wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// Runs once what has changed so far is painted. A page that nobody sees is not painted, and does not wait.
pub fn after_paint(work: impl FnOnce() + 'static) {
    if document().hidden() {
        return work();
    }
    // It runs right before the paint, and what it puts off comes after.
    request_animation_frame(move || set_timeout(work, Duration::ZERO));
}

/// Ends once what has changed before it was called is painted.
pub fn painted() -> JsFuture {
    JsFuture::from(js_sys::Promise::new(&mut |resolve, _| {
        after_paint(move || {
            let _ = resolve.call0(&JsValue::NULL);
        });
    }))
}
