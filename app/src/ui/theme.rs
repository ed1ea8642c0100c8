use leptos::prelude::*;

use super::{Icon, IconName, use_hydrated};

/// Where the browser keeps the choice.
const KEY: &str = "usher-theme";

/// Applies the stored theme before anything is painted. The page's head carries it as an inline script with the nonce.
pub const THEME_SCRIPT: &str = "try{let t=localStorage.getItem('usher-theme');if(t==='light'||t==='dark')document.documentElement.dataset.theme=t}catch{}";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    fn label(self) -> &'static str {
        match self {
            Self::System => "System theme",
            Self::Light => "Light theme",
            Self::Dark => "Dark theme",
        }
    }

    fn icon(self) -> IconName {
        match self {
            Self::System => IconName::Monitor,
            Self::Light => IconName::Sun,
            Self::Dark => IconName::Moon,
        }
    }

    /// The word in storage and in `data-theme`; the system's choice has none.
    fn word(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    fn stored() -> Self {
        let storage = window().local_storage().ok().flatten();
        let word = storage.and_then(|storage| storage.get_item(KEY).ok().flatten());
        Self::ALL
            .into_iter()
            .find(|theme| theme.word().is_some() && theme.word() == word.as_deref())
            .unwrap_or_default()
    }

    /// Shows the theme and keeps it; where storage is refused it lasts as long as the page.
    fn apply(self) {
        let storage = window().local_storage().ok().flatten();
        let root = document().document_element();
        if let Some(word) = self.word() {
            let _ = root.map(|root| root.set_attribute("data-theme", word));
            let _ = storage.map(|storage| storage.set_item(KEY, word));
        } else {
            let _ = root.map(|root| root.remove_attribute("data-theme"));
            let _ = storage.map(|storage| storage.remove_item(KEY));
        }
    }
}

/// The choice between the system's theme, light and dark. It lives in this browser, so it waits for WebAssembly.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let hydrated = use_hydrated();
    let chosen = RwSignal::new(Theme::System);
    Effect::new(move |_| chosen.set(Theme::stored()));
    let buttons = Theme::ALL
        .into_iter()
        .map(|theme| {
            view! {
                <button
                    type="button"
                    aria-label=theme.label()
                    title=theme.label()
                    aria-pressed=move || if chosen.get() == theme { "true" } else { "false" }
                    on:click=move |_| {
                        chosen.set(theme);
                        theme.apply();
                    }
                >
                    <Icon name=theme.icon() />
                </button>
            }
        })
        .collect_view();
    view! {
        <div class="c-theme" role="group" aria-label="Theme" hidden=move || !hydrated.get()>
            {buttons}
        </div>
    }
    .into_any()
}
