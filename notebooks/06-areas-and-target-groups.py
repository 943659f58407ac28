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
# # Areas and target groups: where, and for whom
#
# Which neighbourhoods differ from the rest, and which can we not tell apart? Which groups of families stand out, and
# would we find the same groups again? All families here are made up. The outcome is a *recorded report*, not need.

# %%
import os
import tempfile

import altair as alt
from IPython.display import Markdown, display

import riskscreen as rs
from riskscreen.areas import apart_text, funnel_chart

alt.renderers.enable("png", scale_factor=1)  # pictures inside the notebook: nothing is fetched from elsewhere
os.chdir(tempfile.mkdtemp())

scenario = rs.Scenario.model_validate(
    {
        "schema": "scenario/1",
        "name": "areas-and-groups",
        "seed": 6,
        "registers": {"synthetic": {"world": "voorbeeldstad", "families": 30_000}},
        "index_dates": {"train": ["2021-01-01", "2022-01-01", "2023-01-01"], "test": "2024-01-01", "now": "2025-01-01"},
        "budget": 300_000,
    }
)

# %% [markdown]
# ## Areas
#
# First how many can be told apart at all. When that is fewer than one in ten, a map of rates would mostly show
# chance.

# %%
estimated = rs.estimate_areas(scenario)
for level in ("wijk", "buurt"):
    tiers = [str(tier) for tier in estimated.table(f"areas_ranks_{level}").table.values("tier")]
    display(Markdown(f"**{level}**: {apart_text(level, tiers).en}"))

# %% [markdown]
# Per area three things that must never be mixed up: what was **recorded**, what the card **expected** from its
# profiles, and how many families may have **need** if the reporting centre knows 13 to 19 of 100 maltreated children.
# The estimate borrows from areas that look alike; the last column says how much of it is the area's own.

# %%
estimated.table("areas_wijk")

# %%
estimated.plot("areas_wijk")

# %% [markdown]
# A funnel in place of a league table: between which rates does an area of each size lie when it differs no more than
# areas usually do?

# %%
rows, limits = (estimated.table(name).table.records() for name in ("areas_wijk", "areas_funnel_wijk"))
funnel_chart(rows, limits).properties(width=480)

# %% [markdown]
# **Ranks as sets.** All of them hold together with 95% confidence. Areas whose ranks overlap cannot be ordered.

# %%
estimated.plot("areas_ranks_wijk")

# %% [markdown]
# **Three zonings.** The same families, cut into wijken, joined buurten and buurten. A conclusion that holds in one
# zoning only is about the border.

# %%
estimated.table("areas_zonings")

# %% [markdown]
# ## Target groups
#
# At most three conditions on stressors. Found on earlier dates in half of the wijken, judged on a later date in the
# other half: `rate` is the honest one, `rate_searched` the one that flatters. `again` says how often the same search
# found much the same families when other wijken were drawn.

# %%
found = rs.find_targets(scenario)
found.table("target_groups")

# %%
found.plot("target_groups")

# %% [markdown]
# **Whom does each way of choosing reach?** Share of recorded reports against share of families approached, on
# families that were not used in the search. A plain count of stressors reaches about as many; a group is easier to
# reach, because a programme can say whom it is for.

# %%
found.plot("target_curve")

# %% [markdown]
# **Which domains pile up** in each group, and **who reported**: a group that owes its reports to the police may stand
# out because the police came, not because children there need more.

# %%
found.table("target_domains")

# %%
found.table("target_reporters")

# %% [markdown]
# **The place of each group under another outcome.** A group that is first by one outcome and last by another is no
# safe ground for a policy.

# %%
found.table("target_ranks")

# %% [markdown]
# ## What this cannot tell
#
# - How much maltreatment there is: most is never reported, and reporting differs between areas.
# - Which family needs help. Nothing here says anything about one family.
# - What works there: that is in the catalogue of programmes, with its evidence. See the next notebook.
