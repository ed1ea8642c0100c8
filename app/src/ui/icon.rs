use leptos::prelude::*;

/// The drawn icons, on a grid of 16 by 16 in lines of 1.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IconName {
    Account,
    Audit,
    Brand,
    Check,
    ChevronDown,
    Close,
    Copy,
    Delete,
    Download,
    Edit,
    Eye,
    EyeOff,
    Info,
    Invitation,
    Menu,
    Monitor,
    Moon,
    More,
    Organization,
    Overview,
    Plus,
    Resend,
    Search,
    SignOut,
    SortAscending,
    SortDescending,
    Sun,
    Tier,
    User,
    Warning,
}

impl IconName {
    /// Every icon, for the kit page.
    pub const ALL: [Self; 30] = [
        Self::Account,
        Self::Audit,
        Self::Brand,
        Self::Check,
        Self::ChevronDown,
        Self::Close,
        Self::Copy,
        Self::Delete,
        Self::Download,
        Self::Edit,
        Self::Eye,
        Self::EyeOff,
        Self::Info,
        Self::Invitation,
        Self::Menu,
        Self::Monitor,
        Self::Moon,
        Self::More,
        Self::Organization,
        Self::Overview,
        Self::Plus,
        Self::Resend,
        Self::Search,
        Self::SignOut,
        Self::SortAscending,
        Self::SortDescending,
        Self::Sun,
        Self::Tier,
        Self::User,
        Self::Warning,
    ];

    /// One SVG path, drawn as a line.
    fn path(self) -> &'static str {
        match self {
            Self::Account => {
                "M8 8.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM3.8 13a4.5 4.5 0 0 1 8.4 0M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13Z"
            }
            Self::Audit => "M3.5 1.8h9v12.4h-9zM6 5h4M6 8h4M6 11h2",
            // A ticket with its notches and the line to tear along.
            Self::Brand => {
                "M1.5 3.5h13v2.7a1.8 1.8 0 0 0 0 3.6v2.7h-13V9.800a1.8 1.8 0 0 0 0-3.6zM10 3.5v1.6M10 7.2v1.6M10 10.900v1.6"
            }
            Self::Check => "m2.8 8.5 3.4 3.5 7-8",
            Self::ChevronDown => "m4 6.2 4 4 4-4",
            Self::Close => "m3.5 3.5 9 9m0-9-9 9",
            Self::Copy => "M5.5 5.500h8.500v8.500H5.500zM10.5 5.500V2H2v8.500h3.5",
            Self::Delete => "M2.5 4h11M6 4V2h4v2M4 4l.6 10h6.800L12 4M6.7 6.800v4.400M9.3 6.800v4.4",
            Self::Download => "M8 2v8.500M4.5 7.2 8 10.700l3.5-3.500M2.5 13.500h11",
            Self::Edit => "m2.5 13.5.700-3.2 7.8-7.8 2.5 2.5-7.8 7.800zM9.2 4.300l2.5 2.5",
            Self::Eye => {
                "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8ZM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z"
            }
            Self::EyeOff => {
                "M6.3 3.800A6 6 0 0 1 8 3.500c4 0 6.5 4.5 6.5 4.500a11 11 0 0 1-2 2.500M4 4.800A11 11 0 0 0 1.5 8S4 12.5 8 12.500a6 6 0 0 0 3-.8M2.5 2l11 12"
            }
            Self::Info => "M8 14.500a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM8 7.300v4M8 4.700v.1",
            Self::Invitation => "M1.8 3.500h12.400v9H1.800zM2 4l6 4.800L14 4",
            Self::Menu => "M2 4h12M2 8h12M2 12h12",
            Self::Monitor => "M1.8 2.500h12.400v8.500H1.800zM5.5 13.800h5M8 11v2.8",
            Self::Moon => "M13.5 9.700A6 6 0 0 1 6.3 2.500a6 6 0 1 0 7.2 7.200Z",
            Self::More => "M3 8h.01M8 8h.01M13 8h.01",
            Self::Organization => "M2.5 14V2h7v12M9.5 6h4v8M1.5 14h13M5 5h2M5 8h2M5 11h2",
            Self::Overview => "M2 2h5v6.500H2zM9 2h5v3.500H9zM9 7.500h5V14H9zM2 10.500h5V14H2z",
            Self::Plus => "M8 2.800v10.400M2.8 8h10.4",
            Self::Resend => "M13.5 2.500v3.700H9.800M13.2 6A5.8 5.8 0 1 0 13.8 9",
            Self::Search => "M7 12a5 5 0 1 0 0-10 5 5 0 0 0 0 10ZM10.7 10.700l3.5 3.5",
            Self::SignOut => "M6.5 2H2.500v12h4M6.5 8h7.500M11 5l3 3-3 3",
            Self::SortAscending => "M8 13V3.500M4 7.200l4-4 4 4",
            Self::SortDescending => "M8 3v9.500M4 8.800l4 4 4-4",
            Self::Sun => {
                "M8 10.800a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.600ZM8 1v1.500M8 13.500V15M1 8h1.500M13.5 8H15M3 3l1.1 1.100M11.9 11.9 13 13M13 3l-1.1 1.100M4.1 11.9 3 13"
            }
            Self::Tier => "m8 2 6 3-6 3-6-3zM2 8l6 3 6-3M2 11l6 3 6-3",
            Self::User => "M8 7.500a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2.3 14.300a5.7 5.7 0 0 1 11.4 0",
            Self::Warning => "M8 1.8 14.7 13.800H1.300zM8 6.200v3.600M8 11.900v.1",
        }
    }
}

/// A drawn icon in the colour of its text. It says nothing to assistive technology: the words beside it do.
#[component]
pub fn Icon(name: IconName) -> impl IntoView {
    view! {
        <svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
            <path d=name.path()></path>
        </svg>
    }
}
