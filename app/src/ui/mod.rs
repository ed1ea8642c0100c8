//! The component kit: what every page is made of.
//!
//! Components render the same HTML on the server and in the browser and are usable as plain HTML; hydration only adds
//! comfort. Each has one file here and its looks in `style/components/`. The page `/kit` of a debug build shows them all.

mod alert;
mod badge;
mod bar_chart;
mod breadcrumb;
mod button;
mod card;
mod copy_field;
mod empty_state;
mod field;
mod focus;
mod form_context;
mod hydrated;
mod icon;
mod markup;
mod modal;
mod page_header;
mod pagination;
mod password_field;
mod rows;
mod select_field;
mod shell;
mod stat;
mod table;
mod text_area;
mod text_field;
mod theme;
mod toast;
mod tone;
mod toolbar;
mod values;

pub use alert::Alert;
pub use badge::Badge;
pub use bar_chart::{Bar, BarChart};
pub use breadcrumb::{Breadcrumb, Crumb};
pub use button::{Button, ButtonKind, LinkButton};
pub use card::Card;
pub use copy_field::CopyField;
pub use empty_state::EmptyState;
pub use field::{CheckboxField, FixedField};
pub use focus::keep_focus;
pub use form_context::{FormContext, focus_first_error};
pub use hydrated::use_hydrated;
pub use icon::{Icon, IconName};
pub use modal::{Modal, ModalActions, WayBack, begin_in_dialog};
pub use page_header::PageHeader;
pub use pagination::{PageSize, Pagination};
pub use password_field::PasswordField;
pub use rows::Rows;
pub use select_field::{SelectField, SelectOption};
pub use shell::{AccountLink, AppShell, NavigationGroup, NavigationItem, PlainShell};
pub use stat::Stat;
pub use table::{Column, DataTable, SortDirection, SortLink};
pub use text_area::TextArea;
pub use text_field::TextField;
pub use theme::{THEME_SCRIPT, ThemeSwitch};
pub use toast::{ToastAction, ToastSender, Toasts, provide_toasts};
pub use tone::Tone;
pub use toolbar::{ActiveFilters, Chip, FilterCheckbox, FilterDate, FilterSelect, SearchBox, Toolbar};
pub use values::{KeyValue, KeyValues};
