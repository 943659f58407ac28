"""Preventive programmes: who they are for, where families can be met, and how places could be spread."""
