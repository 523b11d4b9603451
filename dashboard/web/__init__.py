"""Plain HTTP beside the screens: sign-in, light pages, live layers, downloads, the read API."""
