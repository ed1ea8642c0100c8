//! Wakes the server-rendered page in the browser.

use app::App;
use leptos::mount::hydrate_body;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;

/// Called once by the page's own script.
#[wasm_bindgen]
pub fn hydrate() {
    spawn_local(async {
        let path = leptos::prelude::window().location().pathname().unwrap_or_default();
        if app::load_areas(&path).await {
            hydrate_body(App);
            app::load_what_is_pointed_at();
        }
    });
}
