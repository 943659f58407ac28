"""True need, the studies that look for it, and programmes that change it."""
