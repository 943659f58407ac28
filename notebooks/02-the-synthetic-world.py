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
# # The synthetic world
#
# Everything that riskscreen claims is tested where the truth is known. This notebook makes such a world, compares it
# with published figures, and looks at what no register holds. Nobody in it exists. How it works, and what it cannot do,
# stands in `docs/explanation/synthetic-world.md`. Rows stay in the engine here too: what you see are counts.

# %%
import os
import tempfile
from pathlib import Path

import altair as alt
import pandas as pd

import riskscreen as rs
from riskscreen.settings import Synthetic
from riskscreen.synthetic import open_truth

alt.renderers.enable("png", scale_factor=1)  # pictures inside the notebook: nothing is fetched from elsewhere
os.chdir(tempfile.mkdtemp())
made = rs.synthesize(Synthetic(families=12_000), seed=7, out=Path("registers/world"), name="world")
registers = rs.open_registers(made)
registers

# %% [markdown]
# ## Is it like the Netherlands?
#
# Each dot is a figure counted in this world over the same figure as published; the band is the tolerance (15%, or three
# standard errors where those are wider: in a world of 12,000 families they often are). Diamonds were set aside before
# anybody tuned, and are never tuned on.

# %%
found = rs.calibrate(made)
for what, lines in (("may be tuned on", found.tuned), ("set aside", found.held_out)):
    judged = [line.within for line in lines if line.within is not None]
    print(f"{what}: {sum(judged)} of {len(judged)} within")

# %%
found.plot()

# %% [markdown]
# ## Need and reports are two things
#
# `need` is true need, which no register holds. Of 1,000 children about 31 are in need in a year. Of 100 of those about
# 15 have a new report within twelve months, 85 have not; and most children who are reported are not in need.

# %%
need_file = made / "truth" / "need.parquet"
registers.engine.frame(f"""
WITH reported AS (
  SELECT DISTINCT person, year(event_date) AS year FROM registers.reports WHERE kind = 'report' AND NOT follow_up
)
SELECT year(n.index_date) AS year, count(*) AS children, round(1000 * avg(n.need::INT), 1) AS in_need_per_1000,
  round(1000 * avg((r.person IS NOT NULL)::INT), 1) AS reported_per_1000,
  round(100 * avg((r.person IS NOT NULL)::INT) FILTER (WHERE n.need), 1) AS reported_of_100_in_need,
  round(100 * avg(n.need::INT) FILTER (WHERE r.person IS NOT NULL), 1) AS in_need_of_100_reported
FROM '{need_file}' AS n LEFT JOIN reported AS r ON r.person = n.person AND r.year = year(n.index_date)
WHERE n.index_date < DATE '2025-01-01' GROUP BY 1 ORDER BY 1
""")

# %% [markdown]
# ## The study of professionals is not the truth
#
# The national prevalence study is done again here, by professionals who see a part, and read something into what they
# know of a family. Its share is about right; the children are partly others. Origin has no effect of its own.

# %%
survey = open_truth(made, "survey")
factors = ["low_education", "unemployed", "single_parent", "large_family", "origin_elsewhere"]
noted = survey["noted"]
ratios = {name: noted[survey[name]].mean() / noted[~survey[name]].mean() for name in factors}
pd.Series(ratios, name="risk ratio in the study").round(2).to_frame()

# %% [markdown]
# ## Programmes with a planted effect
#
# The odds ratios of need were planted, and start area by area. Families who take part differ from others in a
# motivation that no register holds: a naive comparison misleads, and by how much is known.

# %%
open_truth(made, "programmes").groupby("programme").agg(
    buurten=("area", "nunique"),
    started=("start_date", "count"),
    odds_ratio=("effect", "first"),
    reported_times=("surveillance", "first"),
)

# %% [markdown]
# ## Steps in recording, none in need
#
# Arrears are signalled by law from 2021 on. The register shows a step; debts and need do not.

# %%
by_year = registers.engine.frame("""
SELECT year(event_date) AS year, count(*) FILTER (WHERE kind = 'arrears_signal') AS arrears_signals,
  count(*) FILTER (WHERE kind <> 'arrears_signal') AS other_debts
FROM registers.debt WHERE event_date BETWEEN DATE '2016-01-01' AND DATE '2023-12-31' GROUP BY 1 ORDER BY 1
""").melt("year", var_name="what", value_name="events")
alt.Chart(by_year).mark_line(point=True).encode(
    alt.X("year:O", title=None), alt.Y("events:Q", title="begun in the year"), alt.Color("what:N", title=None)
).properties(width=420, height=220)

# %% [markdown]
# ## Other worlds
#
# A world is a YAML file; another one `extends` it and says only what differs: `no-bias`, `strong-reporting-bias`,
# `low-detection`, `high-detection`, `poor-linkage`, `adversarial`, `region`, `netherlands`.

# %%
settings = Synthetic(world="strong-reporting-bias", families=3_000)
rs.open_registers(rs.synthesize(settings, seed=7, out=Path("registers/biased"), name="biased"))
