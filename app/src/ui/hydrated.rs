use leptos::prelude::*;

/// Whether the browser has woken the page: false on the server and while hydrating, true right after.
///
/// What only works with WebAssembly is `hidden` until then, what replaces it without WebAssembly is hidden from then on;
/// so both sides render the same HTML first.
pub fn use_hydrated() -> ReadSignal<bool> {
    let (hydrated, set_hydrated) = signal(false);
    Effect::new(move |_| set_hydrated.set(true));
    hydrated
}
