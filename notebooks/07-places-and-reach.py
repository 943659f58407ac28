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
# # Places and reach: which programme, where, and who is missed
#
# Where do families of each target group come anyway, who was reached in the past year, and how could places be
# divided? All families are made up. **Costs, places and uptake are planning values, invented for the demo**: replace
# them with your own before you draw any conclusion.

# %%
import os
import tempfile
from pathlib import Path

import altair as alt
from IPython.display import Markdown, display

import riskscreen as rs
from riskscreen.pipeline.planning import write_plan
from riskscreen.pipeline.wijk_sheets import make_wijk_sheets

alt.renderers.enable("png", scale_factor=1)  # pictures inside the notebook: nothing is fetched from elsewhere
os.chdir(tempfile.mkdtemp())

scenario = rs.Scenario.model_validate(
    {
        "schema": "scenario/1",
        "name": "places-and-reach",
        "seed": 7,
        "registers": {"synthetic": {"world": "voorbeeldstad", "families": 20_000}},
        "index_dates": {"train": ["2021-01-01", "2022-01-01", "2023-01-01"], "test": "2024-01-01", "now": "2025-01-01"},
        "budget": 200_000,
    }
)

# %% [markdown]
# ## Where to meet them
#
# Nobody gets a list. Most families come somewhere already: who offers the same to *everyone* there reaches these
# groups too.

# %%
found = rs.find_targets(scenario)
found.plot("meeting_places")

# %% [markdown]
# What an offer to everyone at such a place would reach, and cost by the planning values.

# %%
found.table("meeting_offers")

# %% [markdown]
# A group with stacked domains gets a **bundle**: programmes that cover its domains together, with one lead.

# %%
found.table("bundles")

# %% [markdown]
# ## Who was reached
#
# From the register of participation, or from a provider's spreadsheet: the table says which.

# %%
places = rs.allocate(scenario)
places.table("supply_reach_unmet")

# %% [markdown]
# ## A plan
#
# Places that reach most unmet need in target groups, weighted by the evidence of the programme, within the budget.
# Each family counts once. Origin is no part of it: it is only in the audit of the finished plan.

# %%
places.table("places_by_programme")

# %% [markdown]
# **Beside it, the same numbers for doing it otherwise.**

# %%
places.table("alternatives")

# %% [markdown]
# **Another budget**, and what a little more of each would give; every figure was confirmed by solving again.

# %%
places.plot("budget_frontier")

# %%
places.table("marginal")

# %% [markdown]
# **And if it turns out otherwise?** Nobody knows beforehand how many take part. Each plan was made for one scenario;
# how much does it miss when another turns out true?

# %%
places.plot("plan_regret")

# %% [markdown]
# ## To take along
#
# The plan as a workbook: change the coloured cells, name the file under `assumptions` in the scenario, and run again.
# And one page per wijk, for the people who work there.

# %%
folder = Path("to take along")
folder.mkdir()
workbook = write_plan(scenario, folder / "my-plan.xlsx")
pages = make_wijk_sheets(scenario, folder / "sheets", languages=["en"])
display(Markdown(f"`{workbook.name}` and {len(pages)} pages, such as `{pages[0].name}`"))
