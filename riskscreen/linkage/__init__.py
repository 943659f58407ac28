"""Linkage: records become persons and families on every index date."""

from riskscreen.linkage.crosswalk import forget_particulars, replace_numbers
from riskscreen.linkage.linking import Linkage, link
from riskscreen.linkage.model import Model, read_model

__all__ = ["Linkage", "Model", "forget_particulars", "link", "read_model", "replace_numbers"]
