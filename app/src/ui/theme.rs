use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::HtmlDocument;

use super::{Icon, IconName, use_hydrated};

/// The cookie in which the browser keeps the choice. Signing out empties all other storage.
const COOKIE: &str = "usher-theme";

/// A year, in seconds.
const KEPT_FOR: u32 = 31_536_000;

/// Applies the stored theme before anything is painted. The page's head carries it as an inline script with the nonce.
pub const THEME_SCRIPT: &str = "try{let h=location.protocol=='https:'?'__Host-':'',t=RegExp('(?:^|; )'+h+'usher-theme=(light|dark)(?:;|$)').exec(document.cookie);if(t)document.documentElement.dataset.theme=t[1]}catch{}";

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

    /// What the page shows: the script in its head has read the cookie.
    fn shown() -> Self {
        let word = document()
            .document_element()
            .and_then(|root| root.get_attribute("data-theme"));
        Self::ALL
            .into_iter()
            .find(|theme| theme.word().is_some() && theme.word() == word.as_deref())
            .unwrap_or_default()
    }

    /// Shows the theme and keeps it; where cookies are refused it lasts as long as the page.
    fn apply(self) {
        let Some(root) = document().document_element() else {
            return;
        };
        let (word, kept_for) = match self.word() {
            Some(word) => {
                let _ = root.set_attribute("data-theme", word);
                (word, KEPT_FOR)
            }
            None => {
                let _ = root.remove_attribute("data-theme");
                ("", 0)
            }
        };
        let is_https = document().location().and_then(|location| location.protocol().ok());
        let cookie = cookie(word, kept_for, is_https.is_some_and(|protocol| protocol == "https:"));
        let _ = document().unchecked_into::<HtmlDocument>().set_cookie(&cookie);
    }
}

/// What the browser is told to keep, for so many seconds.
fn cookie(word: &str, kept_for: u32, is_https: bool) -> String {
    let (host, secure) = if is_https { ("__Host-", "; Secure") } else { ("", "") };
    format!("{host}{COOKIE}={word}; Path=/; Max-Age={kept_for}; SameSite=Lax{secure}")
}

/// The choice between the system's theme, light and dark. It lives in this browser, so it waits for WebAssembly.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let hydrated = use_hydrated();
    let chosen = RwSignal::new(Theme::System);
    Effect::new(move |_| chosen.set(Theme::shown()));
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
        <div class="c-theme" role="group" aria-label="Theme" data-waiting=move || !hydrated.get()>
            {buttons}
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::{COOKIE, THEME_SCRIPT, cookie};

    #[test]
    fn over_https_the_theme_s_cookie_belongs_to_this_host() {
        assert_eq!(
            cookie("dark", 60, true),
            "__Host-usher-theme=dark; Path=/; Max-Age=60; SameSite=Lax; Secure"
        );
        assert_eq!(cookie("", 0, false), "usher-theme=; Path=/; Max-Age=0; SameSite=Lax");
        assert!(THEME_SCRIPT.contains(COOKIE) && THEME_SCRIPT.contains("'__Host-'"));
    }
}
