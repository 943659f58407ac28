"""Who is reported, by whom, and what follows."""
