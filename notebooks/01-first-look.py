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
# # A first look
#
# The main job from Python: from linked registers to target groups and areas that a board has reviewed. All families
# here are synthetic: nobody in them exists. Every table you see has passed the gate (threshold 10); nothing is about
# one family.

# %%
import os
import tempfile

import riskscreen as rs

os.chdir(tempfile.mkdtemp())  # registers, office and runs are made in the folder that you stand in

# %% [markdown]
# A **scenario** holds everything that decides what a run does. This one makes 12,000 families of a fictional town.

# %%
scenario = rs.load_scenario("first-look")
scenario.index_dates

# %% [markdown]
# **Registers** are made (or opened), checked and linked. Rows stay in the engine; what you see is how much could be
# linked.

# %%
rs.link(scenario).table("linkage")

# %% [markdown]
# **Stressors** are adverse circumstances in a look-back window. *Not covered* is never *absent*.

# %%
rs.profile(scenario).table("prevalence")

# %% [markdown]
# The **card**: lines with whole points that anyone can add up by hand.

# %%
fitted = rs.fit(scenario)
fitted.table("card_lines")

# %% [markdown]
# How it does on a later date and on other families than it was fitted on, beside the plain count and a black box. On
# synthetic data an AUROC says something about the generator: look at the gain over the count, and at calibration.

# %%
fitted.table("performance")

# %% [markdown]
# **Accumulation**: how the recorded outcome rises with the number of domains with a stressor.

# %%
rs.explain(scenario).table("accumulation")

# %% [markdown]
# **Areas**: estimates of small areas are drawn towards what their profiles make expected.

# %%
rs.estimate_areas(scenario).table("areas_wijk")

# %% [markdown]
# **Target groups**: found on earlier dates in half of the wijken, judged on a later date in the other half.

# %%
rs.find_targets(scenario).table("target_groups")

# %% [markdown]
# **Alternatives** with the same numbers. Costs are planning values, invented for the demo.

# %%
rs.allocate(scenario).table("alternatives")

# %% [markdown]
# The whole road, with the audit of the offers, the review (here by a fictional board), the release and the report.
# Steps that did not change are not run again.

# %%
result = rs.run(scenario)
result

# %% [markdown]
# Anyone can check the run folder later, without the registers.

# %%
rs.verify(result.folder)
