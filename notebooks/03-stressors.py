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
# # Stressors
#
# A **stressor** is a defined adverse circumstance in a domain, a look-back window and a life stage. Its definition is
# data: one entry in a file, from which one short statement is made. It is associated with recorded reports; it is no
# cause and no accusation. Everything here is synthetic, every table has passed the gate, and no row is about one
# family.

# %%
import os
import tempfile
from datetime import date
from pathlib import Path

import altair as alt

import riskscreen as rs
from riskscreen.stressors import load_catalogue, stressor_sql

alt.renderers.enable("png", scale_factor=1)  # pictures inside the notebook: nothing is fetched from elsewhere
os.chdir(tempfile.mkdtemp())
catalogue = load_catalogue()
catalogue

# %% [markdown]
# ## One of them, whole
#
# Days in the window are counted once, also where spells overlap; what was not recorded before the index date was not
# known; a **protective circumstance** (here: work regained) lowers a level by one and never gives negative points.

# %%
print(stressor_sql(catalogue.get("no_work"), [date(2024, 1, 1)]))

# %% [markdown]
# `docs/reference/stressors-by-example.md` shows every rule and every stressor on a small table of events. Those tables
# are tests: they run on this SQL and on a slow second implementation in plain Python.
#
# ## May it be used?
#
# Every stressor carries five recorded steps: lawful purpose, proxy, data quality, statistical link, substantive link.
# What is written can be measured, so it is, on every run.

# %%
steps = catalogue.get("debt_arrears").eligibility
for step in ("lawful_purpose", "proxy", "data_quality", "statistical_link", "substantive_link", "harm"):
    print(f"{step:<17} {getattr(steps, step).en}")

# %%
scenario = rs.load_scenario("first-look")
profiled = rs.profile(scenario)
profiled.table("eligibility")

# %% [markdown]
# ## How common is each?
#
# The share is over the families for whom it could be seen. *Not covered* is never *absent*: it is unknown, and it never
# scores.

# %%
profiled.plot("prevalence")

# %% [markdown]
# ## Write your own
#
# One entry in a file of your own, and one small table of events that shows what it does. Faults are told all at once,
# each with its place.

# %%
own = Path("my-stressors")
own.mkdir()
(own / "housing.yaml").write_text(
    """schema: stressors/1
domain: housing
stressors:
  - id: child_moved
    version: 1
    stage: 4-11
    name: {en: a child of primary-school age moved often, nl: een basisschoolkind verhuisde vaak}
    description:
      en: A child moved at least twice in the past three years, at the age of 4-11.
      nl: Een kind verhuisde in de afgelopen drie jaar minstens twee keer, toen het 4-11 jaar was.
    register: address_spells
    about: child
    window_months: 36
    window_reason: Statistics Netherlands counts moves over three years.
    rule: count
    levels:
      - {en: at most one move, nl: hooguit één verhuizing}
      - {at_least: 2, en: two moves or more, nl: twee verhuizingen of meer}
    evidence: [{figure: or.umbrella.low_ses, direction: raises}]
    purpose: Reach children who have just changed schools.
    eligibility:
      lawful_purpose: {en: To be settled., nl: Nog uit te zoeken.}
      proxy: {en: Renting., nl: Huren.}
      data_quality: {en: Complete for registered addresses., nl: Volledig voor ingeschreven adressen.}
      statistical_link: {en: Small., nl: Klein.}
      substantive_link: {en: Moving breaks ties with school., nl: Verhuizen verbreekt banden met school.}
      harm: {en: Families who moved for safety look the same., nl: Wie voor de veiligheid verhuisde staat er net zo in.}
""",
    encoding="utf-8",
)
mine = scenario.model_copy(update={"name": "mine", "stressors": own})
rs.profile(mine).table("prevalence")
