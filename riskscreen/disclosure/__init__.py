"""Disclosure control: the gate, its rules, the attack it must withstand, releases and their re-checking.

``gate.gate`` lets tables out, ``release.release`` writes them, ``verify.verify`` re-checks a run folder.
"""
