//! Wakes the server-rendered page in the browser.

use app::App;
use leptos::mount::hydrate_body;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called once by the page's own script.
#[wasm_bindgen]
pub fn hydrate() {
    hydrate_body(App);
}
