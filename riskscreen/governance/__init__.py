"""Governance: the office, reviews and decisions, and every run in MLflow.

``office.Office`` is the folder that outlives runs, ``reviews`` asks and decides, ``tracking.log_run`` writes to MLflow.
"""
