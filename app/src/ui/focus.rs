//! Where one is on a page, while what stands there changes.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Gives an element the focus.
pub(super) fn focus(element: Element) {
    if let Ok(element) = element.dyn_into::<HtmlElement>() {
        // A browser that refuses the focus leaves it where it was, which harms nothing.
        let _ = element.focus();
    }
}

/// What has the focus now, where that is anything.
pub(super) fn focused() -> Option<Element> {
    // The body has it where what had it is gone.
    document()
        .active_element()
        .filter(|element| element.tag_name() != "BODY")
}

/// Gives the focus back to an element; where it is gone, to the link that took its place, of the same looks and to the same
/// address; where there is none, one begins at the page's content.
pub(super) fn focus_again(element: Option<Element>) {
    let element = element.and_then(|element| match element.is_connected() {
        true => Some(element),
        false => its_like(&element),
    });
    if let Some(element) = element.or_else(|| document().get_element_by_id("content")) {
        focus(element);
    }
}

fn its_like(element: &Element) -> Option<Element> {
    let address = element.get_attribute("href")?;
    let links = document().links();
    (0..links.length())
        .filter_map(|index| links.item(index))
        .find(|link| link.get_attribute("href").as_ref() == Some(&address) && link.class_name() == element.class_name())
}

/// Where what is about to be shown takes the place of a link that has the focus, inside of `frame`, its like gets it.
pub fn keep_focus(frame: &str) {
    #[cfg(not(feature = "ssr"))]
    if let Some(link) = focused().filter(|link| link.closest(frame).is_ok_and(|found| found.is_some())) {
        request_animation_frame(move || {
            if !link.is_connected() && focused().is_none() {
                focus_again(Some(link));
            }
        });
    }
    #[cfg(feature = "ssr")]
    let _ = frame;
}
