use leptos::ev::{Event, MouseEvent};
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement, HtmlElement, HtmlFormElement};

use super::{Icon, IconName};

/// A dialog over the page, with an address of its own.
///
/// The server renders it open, and style makes it look modal. In the browser it becomes truly modal: the page behind is
/// out of reach, Esc and a click beside it follow the link "Close" to `back`, and the focus returns to what opened it.
#[component]
pub fn Modal(
    #[prop(into)] title: String,
    /// The address that Close, Cancel and Esc lead to.
    #[prop(into)]
    back: String,
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let close = NodeRef::<html::A>::new();
    let typed_in = StoredValue::new(false);
    let follow_close = move || {
        if let Some(link) = close.get_untracked() {
            link.click();
        }
    };

    dialog.on_load(move |dialog| {
        return_focus_later();
        if dialog.is_connected() {
            show_modal(&dialog);
        } else {
            // Built but not yet in the page, as happens inside a transition.
            request_animation_frame(move || show_modal(&dialog));
        }
    });

    view! {
        <div class="c-modal-backdrop">
            <dialog
                node_ref=dialog
                open
                class="c-modal"
                aria-labelledby="modal-title"
                on:cancel=move |event: Event| {
                    // The cancel of a file chooser inside is not ours.
                    if is_dialog_itself(&event) {
                        event.prevent_default();
                        follow_close();
                    }
                }
                on:close=move |_| follow_close()
                on:input=move |_| typed_in.set_value(true)
                on:mousedown=move |event: MouseEvent| {
                    // A slip beside the dialog must not cost what was typed.
                    if is_dialog_itself(&event) && is_beside(&event) && !typed_in.get_value() {
                        follow_close();
                    }
                }
            >
                <div class="c-modal__head">
                    <h2 id="modal-title">{title}</h2>
                    <a
                        node_ref=close
                        href=back
                        class="c-button c-button--quiet c-modal__close"
                        aria-label="Close"
                        data-noscroll
                        prop:replace=true
                    >
                        <Icon name=IconName::Close />
                    </a>
                </div>
                <div class="c-modal__body">{children()}</div>
            </dialog>
        </div>
    }
    .into_any()
}

/// The row of buttons at a dialog's foot: "Cancel", which leads back, then the buttons given.
#[component]
pub fn ModalActions(#[prop(into)] back: String, children: Children) -> impl IntoView {
    view! {
        <div class="c-modal__actions">
            <WayBack href=back class="c-button c-button--secondary">
                "Cancel"
            </WayBack>
            {children()}
        </div>
    }
}

/// A link that leaves the dialog for good: the browser's Back does not open it again.
#[component]
pub fn WayBack(#[prop(into)] href: String, class: &'static str, children: Children) -> impl IntoView {
    view! {
        <a href=href class=class data-noscroll prop:replace=true>
            {children()}
        </a>
    }
}

/// A dialog that is open already refuses to become modal, so its `open` is taken away first.
fn show_modal(dialog: &HtmlDialogElement) {
    let focused = document()
        .active_element()
        .filter(|element| dialog.contains(Some(element)));
    // Not close(): that would tell the listener above to leave.
    let _ = dialog.remove_attribute("open");
    if dialog.show_modal().is_err() {
        dialog.set_open(true);
    }
    // Somebody may already type before the page wakes; else one begins at the field, not at "Close".
    if let Some(element) = focused.or_else(|| first_field(dialog)) {
        focus(element);
    }
}

/// A form that arrives in an open dialog takes the focus, unless somebody is in one of its fields already.
pub fn begin_in_dialog(form: HtmlFormElement) {
    request_animation_frame(move || {
        let is_begun = document()
            .active_element()
            .is_some_and(|active| form.contains(Some(&active)));
        let dialog = form.closest("dialog").ok().flatten();
        if let Some(field) = dialog.filter(|_| !is_begun).and_then(|dialog| first_field(&dialog)) {
            focus(field);
        }
    });
}

fn first_field(dialog: &Element) -> Option<Element> {
    ["[autofocus]", "input:not([type=hidden]), select, textarea"]
        .into_iter()
        .find_map(|selector| dialog.query_selector(selector).ok().flatten())
}

fn focus(element: Element) {
    if let Ok(element) = element.dyn_into::<HtmlElement>() {
        // A browser that refuses the focus leaves it where it was, which harms nothing.
        let _ = element.focus();
    }
}

/// Remembers what has the focus now and gives it back when the dialog goes. Where another page comes instead, one begins at
/// its content.
fn return_focus_later() {
    // The body has it where the opener went with its page.
    let opener = document()
        .active_element()
        .filter(|element| element.tag_name() != "BODY");
    let opener = StoredValue::new_local(opener);
    on_cleanup(move || {
        let opener = opener.try_get_value().flatten();
        request_animation_frame(move || {
            let content = || document().get_element_by_id("content");
            if let Some(element) = opener.filter(|opener| opener.is_connected()).or_else(content) {
                focus(element);
            }
        });
    });
}

fn is_dialog_itself(event: &Event) -> bool {
    event
        .target()
        .is_some_and(|target| target.is_instance_of::<HtmlDialogElement>())
}

/// A press on the dialog's own edge has the dialog as target as well, like one on the ground behind it.
fn is_beside(event: &MouseEvent) -> bool {
    let Some(dialog) = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlDialogElement>().ok())
    else {
        return false;
    };
    let (x, y) = (event.offset_x(), event.offset_y());
    x < -1 || x > dialog.offset_width() || y < -1 || y > dialog.offset_height()
}
