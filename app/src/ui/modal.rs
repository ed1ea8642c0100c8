use std::time::Duration;

use leptos::ev::{Event, MouseEvent};
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement, HtmlFormElement};

use super::{
    Icon, IconName,
    focus::{focus, focus_again, focused},
};

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
        follow_escape(dialog.clone(), follow_close);
        // By then it is in the page, which it is not yet where it is built inside a transition.
        request_animation_frame(move || {
            begin(&dialog);
            // What lies behind a dialog that becomes modal has its style calculated anew, all of it: whoever clicked sees the
            // dialog before.
            set_timeout(move || show_modal(&dialog), Duration::ZERO);
        });
    });

    view! {
        <div class="c-modal-backdrop">
            <dialog
                node_ref=dialog
                open
                class="c-modal"
                data-served=cfg!(feature = "ssr").then_some("")
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
    let focused = focused().filter(|element| dialog.contains(Some(element)));
    // Not close(): that would tell the listener above to leave.
    let _ = dialog.remove_attribute("open");
    if dialog.show_modal().is_err() {
        dialog.set_open(true);
    }
    match focused {
        Some(element) => focus(element),
        None => begin(dialog),
    }
}

/// Modal, a dialog says "cancel" by itself, wherever the focus is. So that nobody has to know when it has become so, Esc leaves
/// it before as well.
fn follow_escape(dialog: HtmlDialogElement, leave: impl Fn() + 'static) {
    let listening = window_event_listener(leptos::ev::keydown, move |event| {
        let is_modal = dialog.matches(":modal").unwrap_or(false);
        if event.key() == "Escape" && !event.is_composing() && !is_modal {
            leave();
        }
    });
    on_cleanup(move || listening.remove());
}

/// Somebody may already type before the page wakes; else one begins at the first field, not at "Close".
fn begin(dialog: &HtmlDialogElement) {
    if focused().is_some_and(|element| dialog.contains(Some(&element))) {
        return;
    }
    // A form that is yet to come takes the focus when it does.
    let close = || dialog.query_selector(".c-modal__close").ok().flatten();
    if let Some(element) = first_field(dialog).or_else(close) {
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

/// Remembers what has the focus now and gives it back when the dialog goes. Where another page comes instead, one begins at
/// its content.
fn return_focus_later() {
    let opener = StoredValue::new_local(focused());
    on_cleanup(move || {
        let opener = opener.try_get_value().flatten();
        request_animation_frame(move || focus_again(opener));
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
