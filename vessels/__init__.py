"""Who a boat is and what threatens it: decoding, tracks, screening, safety; pure."""
