"""Screens: they decide what a message means and talk to the session."""
