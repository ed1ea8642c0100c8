use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use web_sys::Storage;

use super::{Icon, IconName, Tone};

/// Where a tab keeps what is to be said on the next page.
const KEY: &str = "usher-toast";

/// How long a toast stays while nobody points at it.
const STAYS_FOR: Duration = Duration::from_secs(7);

/// What a toast offers to do, such as "Undo".
#[derive(Clone)]
pub enum ToastAction {
    Link { label: String, href: String },
    Run { label: String, run: Callback<()> },
}

/// Says in a corner of the page what has just happened. Taken from context.
#[derive(Clone, Copy)]
pub struct ToastSender {
    toasts: RwSignal<Vec<Toast>>,
    next_id: StoredValue<u32>,
}

#[derive(Clone)]
struct Toast {
    id: u32,
    tone: Tone,
    text: String,
    action: Option<ToastAction>,
}

impl ToastSender {
    /// Shows a toast until its time is over or somebody dismisses it.
    pub fn push(&self, tone: Tone, text: impl Into<String>, action: Option<ToastAction>) {
        let id = self.next_id.get_value();
        self.next_id.set_value(id.wrapping_add(1));
        let text = text.into();
        self.toasts.update(|toasts| {
            toasts.push(Toast { id, tone, text, action });
        });
    }

    /// Shows a success on the page that is loaded next, in this tab.
    pub fn push_after_reload(text: &str) {
        if let Some(kept) = kept() {
            let _ = kept.set_item(KEY, text);
        }
    }

    fn dismiss(&self, id: u32) {
        self.toasts.update(|toasts| toasts.retain(|toast| toast.id != id));
    }
}

/// Provides the [`ToastSender`] to everything below; called once, where [`Toasts`] is mounted or above.
pub fn provide_toasts() -> ToastSender {
    let sender = ToastSender {
        toasts: RwSignal::new(Vec::new()),
        next_id: StoredValue::new(0),
    };
    provide_context(sender);
    Effect::new(move |_| {
        let Some(kept) = kept() else { return };
        if let Ok(Some(text)) = kept.get_item(KEY) {
            let _ = kept.remove_item(KEY);
            sender.push(Tone::Success, text, None);
        }
    });
    sender
}

/// What this tab keeps from one page to the next.
fn kept() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

/// Where toasts appear: a region that is announced politely. It renders nothing without [`provide_toasts`].
#[component]
pub fn Toasts() -> impl IntoView {
    use_context::<ToastSender>().map(|sender| {
        view! {
            <div class="c-toasts" role="status">
                <For each=move || sender.toasts.get() key=|toast| toast.id let:toast>
                    <ToastItem sender toast />
                </For>
            </div>
        }
    })
}

#[component]
fn ToastItem(sender: ToastSender, toast: Toast) -> impl IntoView {
    let Toast { id, tone, text, action } = toast;
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let pause = move || {
        if let Some(timer) = timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    };
    let start = move || {
        pause();
        let handle = set_timeout_with_handle(move || sender.dismiss(id), STAYS_FOR).ok();
        timer.set_value(handle);
    };
    Effect::new(move |_| start());
    on_cleanup(pause);

    let action = action.map(|action| match action {
        ToastAction::Link { label, href } => view! {
            <a class="c-button c-button--secondary c-button--small" href=href>
                {label}
            </a>
        }
        .into_any(),
        ToastAction::Run { label, run } => view! {
            <button
                type="button"
                class="c-button c-button--secondary c-button--small"
                on:click=move |_| {
                    run.run(());
                    sender.dismiss(id);
                }
            >
                {label}
            </button>
        }
        .into_any(),
    });
    view! {
        <div
            class=format!("c-toast {}", tone.class())
            on:mouseenter=move |_| pause()
            on:mouseleave=move |_| start()
            on:focusin=move |_| pause()
            on:focusout=move |_| start()
        >
            <Icon name=tone.icon() />
            <p class="c-toast__text">{text}</p>
            {action}
            <button type="button" class="c-button c-button--quiet c-button--small" aria-label="Dismiss" on:click=move |_| sender.dismiss(id)>
                <Icon name=IconName::Close />
            </button>
        </div>
    }
    .into_any()
}
