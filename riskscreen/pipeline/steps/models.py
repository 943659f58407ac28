"""From counts to a card: fitted, chosen, explained."""

from __future__ import annotations

from riskscreen.engine.handles import open_counts
from riskscreen.pipeline.design import card_hash, design_of
from riskscreen.pipeline.job import Job, Made
from riskscreen.pipeline.steps.profiles import profiles_of


def fit_all(job: Job) -> Made:
    """Count, card and challenger; the card only when it beats the count."""
    from riskscreen.scores.fit import fit

    dates = job.scenario.index_dates
    fitted = fit(
        open_counts(profiles_of(job)),
        stressors=job.value("profile")["stressors"],
        settings=job.scenario.scores,
        train=dates.train,
        test=dates.test,
        seed=job.scenario.seed,
        log=lambda kind, body: job.note(kind, {**design_of(job), **body}),
        threshold=job.threshold,
        estimate_base=job.scenario.release.estimate_base,
        outcome=job.scenario.outcome,
    )
    job.note("fitted", {**design_of(job), "card": card_hash(fitted.chosen)})
    detail = f"chosen: {fitted.chosen.name}, {len(fitted.chosen.lines)} lines"
    return Made(fitted, tuple(fitted.tables), detail=detail)


def explain_all(job: Job) -> Made:
    """What each stressor adds; how risk rises with the number of domains."""
    from riskscreen.explanation.explain import explain
    from riskscreen.scores.fit import FIT_FOLDS

    fitted = job.value("fit")
    explanation = explain(
        fitted.chosen,
        open_counts(profiles_of(job)),
        job.value("profile")["stressors"],
        dates=(job.scenario.index_dates.test,),
        challenger=fitted.challenger,
        threshold=job.threshold,
        estimate_base=job.scenario.release.estimate_base,
        unseen_folds=sorted(set(range(10)) - set(FIT_FOLDS)),
    )
    pictures = {language: explanation.pictures(language) for language in ("nl", "en")}
    return Made({"pictures": pictures}, tuple(explanation.tables), detail="contributions and accumulation")
