"""The terminal UI: screens and keys over edition.actions. Knows no SQL and no models."""
