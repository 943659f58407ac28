"""Pages for people: the report for a municipality and the dossier for its ethics board."""
