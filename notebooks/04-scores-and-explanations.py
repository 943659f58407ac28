# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Scores and explanations
#
# A card is a few lines with whole points. It has to earn its place: counting stressors is the model unless the card
# beats it by a rule that was set before. Everything here is synthetic; an AUROC on synthetic data says
# something about the generator, so look at the gain over the count and at calibration. Every table has passed the gate.

# %%
import os
import tempfile

import altair as alt
import numpy as np

import riskscreen as rs
from riskscreen.stressors import load_catalogue

alt.renderers.enable("png", scale_factor=1)  # pictures inside the notebook: nothing is fetched from elsewhere
os.chdir(tempfile.mkdtemp())
scenario = rs.Scenario.model_validate(
    {
        "schema": "scenario/1",
        "name": "notebook",
        "seed": 11,
        "registers": {"synthetic": {"world": "voorbeeldstad", "families": 30_000}},
        "index_dates": {"train": ["2021-01-01", "2022-01-01", "2023-01-01"], "test": "2024-01-01", "now": "2025-01-01"},
    }
)
fitted = rs.fit(scenario)
fitted.table("card_lines")

# %% [markdown]
# ## The card as one statement
#
# Anyone can check it by hand, in any database. What comes out are groups, never families: the statement has no key
# about one, and leaves out groups that are too small.

# %%
print(fitted.card.to_sql("postgres", stressors=load_catalogue().stressors))

# %% [markdown]
# ## Does it earn its place?
#
# Beside it: the plain count, a logistic model, an additive model and gradient boosting, on a later date with other
# families, and on neighbourhoods that were left out; with and without the stressors whose register also makes reports.

# %%
compared = rs.compare(scenario)
compared.table("comparison")

# %%
compared.table("stability")

# %% [markdown]
# ## The same estimator on any table
#
# `RiskCard` is a scikit-learn estimator. It first sums its rows to unique profiles, so counts and rows give the same
# card bit for bit.

# %%
rng = np.random.default_rng(1)
levels = rng.integers(0, 3, size=(20_000, 4)).astype(float)
logits = -3.5 + levels @ np.array([0.9, 0.5, 0.2, 0.0])
outcome = rng.random(20_000) < 1 / (1 + np.exp(-logits))
made = rs.RiskCard(monotone=True).fit(levels, outcome)
rows, families = np.unique(np.column_stack([levels, outcome]), axis=0, return_counts=True)
again = rs.RiskCard(monotone=True).fit(rows[:, :4], rows[:, 4], sample_weight=families)
print([(line.stressor, line.side, line.cut, line.points) for line in made.card_.lines])
print("the same card from counts:", made.card_ == again.card_, "| share given up by whole points:", round(made.gap_, 4))

# %% [markdown]
# ## Why does a profile score what it scores?
#
# Contributions are exact: they add up to the score. The interval draws neighbourhoods.

# %%
explained = rs.explain(scenario)
explained.table("contributions")

# %%
explained.plot("contributions")

# %%
explained.plot("accumulation")

# %% [markdown]
# ## Which domains occur together?

# %%
explained.plot("domain_combinations")

# %% [markdown]
# ## Where the card and the black box disagree

# %%
explained.table("disagreement")
