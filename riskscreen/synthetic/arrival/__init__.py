"""How registers arrive: numbers that are missing or wrong, and particulars with slips."""
