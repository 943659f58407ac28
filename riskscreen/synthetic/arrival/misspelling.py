"""How texts go wrong on paper and on keyboards: slips of one letter, lost marks, particles that move."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskscreen.synthetic.intervals import Ints

_LETTERS = "etaoinrsldhcumfpgwybvkxjqz"
_NO_MARK = {"ł": "l", "Ł": "L", "ı": "i", "ß": "ss", "ø": "o", "Ø": "O", "đ": "d"}
_LIKE_PARTICLES = "^(El|Al|Ben|Ait|Oulad|Abu) "
_SUBSTITUTED, _TRANSPOSED, _OMITTED = 0, 1, 2


def mistyped(texts: pa.Array, draws: np.random.Generator) -> pa.Array:
    """Every text with one slip: a letter replaced, two neighbours exchanged, or a letter left out.

    The first letter stays when there are others; a text of one letter is only replaced.
    """
    signs, lengths = _signs(texts)
    count, width = signs.shape
    kind: Ints = np.asarray(draws.integers(0, 3, count))
    place: Ints = np.floor(1 + draws.random(count) * np.maximum(lengths - 2, 0)).astype(np.int64)
    place = np.where(lengths < 2, 0, place)
    kind = np.where(lengths < 3, _SUBSTITUTED, kind)
    rows = np.arange(count)
    after = np.minimum(place + 1, width - 1)
    kind = np.where((kind == _TRANSPOSED) & (signs[rows, place] == signs[rows, after]), _SUBSTITUTED, kind)
    source = np.arange(width)[None, :] + ((kind == _OMITTED)[:, None] & (np.arange(width) >= place[:, None]))
    moved = kind == _TRANSPOSED
    source[rows[moved], place[moved]] = after[moved]
    source[rows[moved], after[moved]] = place[moved]
    padded = np.concatenate([signs, np.zeros((count, 1), dtype=signs.dtype)], axis=1)
    changed = np.take_along_axis(padded, source, axis=1)
    typed = kind == _SUBSTITUTED
    changed[rows[typed], place[typed]] = _other_letters(signs[rows[typed], place[typed]], draws)
    return _texts(changed)


def unmarked(texts: pa.Array) -> pa.Array:
    """Without diacritics: *Özdemir* becomes *Ozdemir*."""
    plain = pc.replace_substring_regex(pc.utf8_normalize(texts, "NFD"), r"\p{Mn}", "")
    for strange, letters in _NO_MARK.items():
        plain = pc.replace_substring(plain, strange, letters)
    return plain


def whole_surname(prefix: pa.Array, surname: pa.Array) -> pa.Array:
    """Particle and surname in one: *van der Berg*."""
    return pc.binary_join_element_wise(prefix, surname, " ", null_handling="skip")


def glued(prefix: pa.Array, surname: pa.Array) -> pa.Array:
    """Particle and surname in one word: *Vanderberg*, *Elidrissi*."""
    return pc.utf8_capitalize(pc.replace_substring(whole_surname(prefix, surname), " ", ""))


def without_particle(surname: pa.Array) -> pa.Array:
    """Surnames without what sources take for a particle: *El Idrissi* becomes *Idrissi*."""
    return pc.replace_substring_regex(surname, _LIKE_PARTICLES, "")


def _signs(texts: pa.Array) -> tuple[np.ndarray, Ints]:
    """Code points, shape (texts, longest), zero where a text has ended; and the lengths."""
    held = np.asarray(texts.to_pylist(), dtype=np.str_)
    width = max(held.dtype.itemsize // 4, 1)
    signs = held.astype(f"U{width}").view(np.uint32).reshape(len(held), width)
    return signs, np.asarray((signs != 0).sum(axis=1), dtype=np.int64)


def _texts(signs: np.ndarray) -> pa.Array:
    held = np.ascontiguousarray(signs).view(f"U{signs.shape[1]}").ravel()
    return pa.array(held.tolist(), pa.string())


def _other_letters(signs: np.ndarray, draws: np.random.Generator) -> np.ndarray:
    """For every sign a letter that differs from it."""
    letters = np.array([ord(letter) for letter in _LETTERS], dtype=np.uint32)
    chosen = draws.integers(0, len(letters), len(signs))
    same = letters[chosen] == signs
    return np.asarray(letters[np.where(same, (chosen + 1) % len(letters), chosen)])
