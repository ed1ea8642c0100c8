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
                $chunk::page(self).await.unwrap_or_else(|_| without_chunk())
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
    Organizations as organizations:
        List = organizations::OrganizationsPage,
        Detail = organizations::OrganizationPage,
        New = organizations::NewOrganization,
        Edit = organizations::EditOrganization,
        Delete = organizations::DeleteOrganization,
}

area! {
    Users as users:
        List = users::UsersPage,
        Detail = users::UserPage,
        New = users::NewUser,
        Edit = users::EditUser,
        Suspend = users::SuspendUser,
        ResetFactor = users::ResetUserFactor,
        Delete = users::DeleteUser,
}

area! {
    Invitations as invitations:
        List = invitations::InvitationsPage,
        Detail = invitations::InvitationPage,
        New = invitations::NewInvitation,
        Resend = invitations::ResendInvitation,
        Link = invitations::InvitationLink,
        Delete = invitations::DeleteInvitation,
}

area! {
    Tiers as tiers:
        List = tiers::TiersPage,
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

/// The name of the area at an address.
#[cfg(any(feature = "hydrate", feature = "ssr"))]
pub fn area_at(path: &str) -> &'static str {
    match path.split('/').nth(1).unwrap_or_default() {
        "" => "overview",
        "organizations" => "organizations",
        "users" => "users",
        "invitations" => "invitations",
        "tiers" => "tiers",
        "audit" => "audit",
        "account" => "account",
        _ => "door",
    }
}

/// Loads the area at an address, so that its page can wake at once. Whether it came: without it a page is better not woken.
#[cfg(feature = "hydrate")]
pub async fn load_area(path: &str) -> bool {
    let loaded = match area_at(path) {
        "overview" => overview::load().await,
        "organizations" => organizations::load().await,
        "users" => users::load().await,
        "invitations" => invitations::load().await,
        "tiers" => tiers::load().await,
        "audit" => audit::load().await,
        "account" => account::load().await,
        _ => door::load().await,
    };
    loaded.is_ok()
}

/// The chunk did not come: the network is gone, or the server was updated since this tab was opened. The server has the page.
fn without_chunk() -> AnyView {
    #[cfg(feature = "hydrate")]
    {
        let here = leptos_router::hooks::use_location();
        let address = crate::paths::with_query(&here.pathname.get_untracked(), &here.search.get_untracked());
        let _ = window().location().assign(&address);
    }
    ().into_any()
}
