"""Stressors: definitions in YAML become SQL, SQL becomes levels, levels become profiles."""
