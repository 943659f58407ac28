"""Neighbourhood estimates and target groups: where and with which profiles prevention could reach most."""
