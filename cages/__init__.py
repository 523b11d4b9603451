"""How the fish and their cages fare: pure rules from snapshots to findings."""
