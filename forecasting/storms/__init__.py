"""Storm tracks as agencies send them, and the wind and sea of a storm at a place."""
