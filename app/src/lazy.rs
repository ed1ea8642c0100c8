//! Which pages are loaded together, apart from the rest of the browser's module.

use leptos::prelude::*;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use leptos_router::ChooseView;

/// An area of the console as a choice of pages, which a route takes for its view. All of its code is one chunk, named like
/// the area, that `xtask` cuts out of the module: it arrives when the first of the pages is asked for.
macro_rules! area {
    ($(#[$text:meta])* $area:ident as $chunk:ident: $($page:ident = $folder:ident :: $component:ident),+ $(,)?) => {
        $(#[$text])*
        #[derive(Clone, Copy)]
        pub enum $area {
            $($page,)+
        }

        impl ChooseView for $area {
            async fn choose(self) -> AnyView {
                match $chunk::page(self).await {
                    Ok(page) => page,
                    Err(_) => without_chunk().await,
                }
            }

            async fn preload(&self) {
                // What failed is tried again, and told, by `choose`.
                let _ = $chunk::load().await;
            }
        }

        mod $chunk {
            use super::*;

            /// Never called: `xtask` writes over it what shall be loaded with this chunk.
            #[inline(never)]
            fn room_in_chunk() {
                document().set_title(stringify!($chunk));
            }

            #[wasm_split($chunk, wasm_split_path = ::leptos::wasm_split, preload(load), fallible)]
            pub fn page(page: $area) -> Result<AnyView, SplitLoaderError> {
                std::hint::black_box(room_in_chunk as fn());
                Ok(match page {
                    $($area::$page => crate::$folder::$component().into_any(),)+
                })
            }
        }
    };
}

area! {
    /// What is open to those who are not signed in yet.
    Door as door:
        SignIn = sign_in::SignInPage,
        Code = sign_in::CodePage,
        ForgotPassword = recovery::ForgotPasswordPage,
        ResetPassword = recovery::ResetPasswordPage,
        Setup = setup::SetupPage,
        Accept = accept::AcceptPage,
        Renewal = accept::RenewalPage,
}

area! {
    Overview as overview: Home = overview::HomePage
}

area! {
    Organizations as organizations: List = organizations::OrganizationsPage
}

area! {
    Organization as organization:
        Detail = organizations::OrganizationPage,
        New = organizations::NewOrganization,
        Edit = organizations::EditOrganization,
        Delete = organizations::DeleteOrganization,
}

area! {
    Users as users: List = users::UsersPage
}

area! {
    User as user:
        Detail = users::UserPage,
        New = users::NewUser,
        Edit = users::EditUser,
        Suspend = users::SuspendUser,
        ResetFactor = users::ResetUserFactor,
        Delete = users::DeleteUser,
}

area! {
    Invitations as invitations: List = invitations::InvitationsPage
}

area! {
    Invitation as invitation:
        Detail = invitations::InvitationPage,
        New = invitations::NewInvitation,
        Resend = invitations::ResendInvitation,
        Link = invitations::InvitationLink,
        Delete = invitations::DeleteInvitation,
}

area! {
    Tiers as tiers: List = tiers::TiersPage
}

area! {
    Tier as tier:
        New = tiers::NewTier,
        Edit = tiers::EditTier,
        Delete = tiers::DeleteTier,
}

area! {
    Audit as audit: Log = audit::AuditPage
}

area! {
    Account as account:
        Overview = account::AccountPage,
        Password = account::PasswordPage,
        SecondFactor = account::SecondFactorPage,
        EndSessions = account::EndSessionsPage,
}

/// The names of the areas that a page is made of, by its address: a dialog stands over its list.
#[cfg(any(feature = "hydrate", feature = "ssr"))]
pub fn areas_at(path: &str) -> &'static [&'static str] {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let (list, object, act) = (parts.next(), parts.next(), parts.next());
    let both: &[&str] = match list {
        None => return &["overview"],
        Some("audit") => return &["audit"],
        Some("account") => return &["account"],
        Some("organizations") => &["organizations", "organization"],
        Some("users") => &["users", "user"],
        Some("invitations") => &["invitations", "invitation"],
        Some("tiers") => &["tiers", "tier"],
        Some(_) => return &["door"],
    };
    match (object, act) {
        (None, _) => &both[..1],
        (Some("new"), _) | (_, Some(_)) => both,
        (Some(_), None) => &both[1..],
    }
}

/// Loads the areas of the page at an address, so that it can wake at once. Whether they came: without them it is better not woken.
#[cfg(feature = "hydrate")]
pub async fn load_areas(path: &str) -> bool {
    begin_to_load(path);
    for area in areas_at(path) {
        if !load(area).await {
            return false;
        }
    }
    true
}

/// Loads what links lead to as soon as somebody points at one, or comes to one in the page's content by keyboard: a list begins
/// without its dialogs, whose code is mostly there when they are clicked. Who goes past the menu by keyboard loads nothing.
#[cfg(feature = "hydrate")]
pub fn load_what_is_pointed_at() {
    use leptos::wasm_bindgen::JsCast;

    for (event, links) in [
        ("pointerover", "a[href^=\"/\"]:not([rel=external])"),
        ("focusin", "main a[href^=\"/\"]:not([rel=external])"),
    ] {
        let _ = window_event_listener_untyped(event, move |event| {
            let target = event
                .target()
                .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            let link = target.and_then(|target| target.closest(links).ok().flatten());
            if let Some(address) = link.and_then(|link| link.get_attribute("href")) {
                begin_to_load(address.split('?').next().unwrap_or_default());
            }
        });
    }
}

/// What fails is tried again, and told, when it is needed.
#[cfg(feature = "hydrate")]
fn begin_to_load(path: &str) {
    for area in areas_at(path) {
        wasm_bindgen_futures::spawn_local(async {
            load(area).await;
        });
    }
}

/// Whether an area came.
#[cfg(feature = "hydrate")]
async fn load(area: &str) -> bool {
    let loaded = match area {
        "overview" => overview::load().await,
        "organizations" => organizations::load().await,
        "organization" => organization::load().await,
        "users" => users::load().await,
        "user" => user::load().await,
        "invitations" => invitations::load().await,
        "invitation" => invitation::load().await,
        "tiers" => tiers::load().await,
        "tier" => tier::load().await,
        "audit" => audit::load().await,
        "account" => account::load().await,
        _ => door::load().await,
    };
    loaded.is_ok()
}

/// The chunk did not come: the network is gone, or the server was updated since this tab was opened. The server has the page.
async fn without_chunk() -> AnyView {
    #[cfg(feature = "hydrate")]
    {
        let here = leptos_router::hooks::use_location();
        let address = crate::paths::with_query(&here.pathname.get_untracked(), &here.search.get_untracked());
        let _ = window().location().assign(&address);
        // The browser leaves. The router shall not write the address into the history a second time meanwhile.
        std::future::pending::<()>().await;
    }
    ().into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::areas_at;

    #[test]
    fn a_page_is_made_of_the_areas_of_its_address() {
        for (path, areas) in [
            ("/", &["overview"][..]),
            ("/users", &["users"]),
            ("/users/", &["users"]),
            ("/users/new", &["users", "user"]),
            ("/users/0192/edit", &["users", "user"]),
            ("/users/0192", &["user"]),
            ("/tiers", &["tiers"]),
            ("/account/password", &["account"]),
            ("/login", &["door"]),
            ("/nothing/like/it", &["door"]),
        ] {
            assert_eq!(areas_at(path), areas, "{path}");
        }
    }
}
