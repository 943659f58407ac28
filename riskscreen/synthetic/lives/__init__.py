"""Life courses: families, what befalls them, and the registers about that."""
