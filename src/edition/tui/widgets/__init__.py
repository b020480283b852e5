"""Widgets: they draw frozen facts and post what happened; they decide nothing."""
