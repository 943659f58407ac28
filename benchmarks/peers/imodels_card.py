"""imodels' FastRiskScoreClassifier: the same number of lines (its ``k``), points from -5 to 5, its usual settings."""

from __future__ import annotations

from imodels import FastRiskScoreClassifier
from protocol import MAX_POINTS, Answer, Task, answer


def make(task: Task) -> Answer:
    """The classifier of imodels; it has no weights and no monotone lines, and makes its own cuts."""
    card = FastRiskScoreClassifier(k=task.lines, max_points=MAX_POINTS)
    card.fit(task.X, task.y)
    return Answer(lambda X: card.predict_proba(X)[:, 1], len(card.points_))


if __name__ == "__main__":
    answer(make)
