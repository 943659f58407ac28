"""riskscreen's own card, asked what the peers are asked."""

from __future__ import annotations

from protocol import MAX_POINTS, Answer, Task, answer

from riskscreen.scores.card import RiskCard


def make(task: Task) -> Answer:
    """The card as the main job fits it; where a higher value need not be worse, the side is learned."""
    card = RiskCard(task.lines, MAX_POINTS, monotone=task.monotone, min_outcomes=10 if task.monotone else 0)
    card.fit(task.X, task.y)
    return Answer(lambda X: card.predict_proba(X)[:, 1], len(card.card_.lines))


if __name__ == "__main__":
    answer(make)
