"""Screens: one module each, a view model and a render function."""
