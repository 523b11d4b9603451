"""Tonight's oxygen and tomorrow's waves as honest probabilities; pure."""
